"""What travels in the sandbox: events, schedules, topics, queues and their deliveries."""
