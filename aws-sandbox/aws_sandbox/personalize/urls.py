"""Where moto sends what; the runtime has Personalize's signing name, so it stands here too."""

from __future__ import annotations

from aws_sandbox.personalize.responses import SandboxPersonalizeResponse
from aws_sandbox.personalize_runtime.responses import RuntimeResponse

url_bases = [
    r"https?://personalize\.(.+)\.amazonaws\.com",
    r"https?://personalize-runtime\.(.+)\.amazonaws\.com",
]

url_paths = {
    "{0}/$": SandboxPersonalizeResponse.dispatch,
    "{0}/recommendations$": RuntimeResponse.dispatch,
    "{0}/personalize-ranking$": RuntimeResponse.dispatch,
    "{0}/action-recommendations$": RuntimeResponse.dispatch,
}
