"""The demo: a fleet lives some days under the application's eyes, and the story is told."""
