"""Ready-made entries for servers that people use, and which key may go to which of them.

A key's variable and the hosts that it may be sent to stand together here: no other host is ever sent it, whoever types
a URL.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_PLAIN_HOST = re.compile(r"[A-Za-z0-9.-]+(?::\d+)?")
RESOURCE = "YOUR-RESOURCE"
"""What a person replaces in a URL by a name of their own."""


@dataclass(frozen=True)
class Provider:
    """A server by its `name`; `model` is an example of what it serves, and `hint` a sentence for whoever adds it.

    A host that begins with a dot stands for all below it.
    """

    name: str
    title: str
    url: str
    model: str
    hint: str
    variable: str | None = None
    hosts: tuple[str, ...] = ()

    def is_at(self, url: str) -> bool:
        """Whether this is the provider's server, reached over https."""
        parts = urlsplit(url)
        if parts.scheme != "https" or not _PLAIN_HOST.fullmatch(parts.netloc):  # what parsers read differently
            return False
        host = parts.netloc.partition(":")[0].casefold().rstrip(".")
        return any(host.endswith(one) if one.startswith(".") else host == one for one in self.hosts)


PROVIDERS = (
    Provider(
        name="openai",
        title="OpenAI",
        url="https://api.openai.com/v1",
        model="gpt-4o-mini",
        hint="Models that reason think less with a low reasoning effort; an answer's tokens include its thoughts.",
        variable="OPENAI_API_KEY",
        hosts=("api.openai.com",),
    ),
    Provider(
        name="openrouter",
        title="OpenRouter",
        url="https://openrouter.ai/api/v1",
        model="openai/gpt-4o-mini",
        hint='The extra body can choose providers: {"provider": {"sort": "price"}}',
        variable="OPENROUTER_API_KEY",
        hosts=("openrouter.ai",),
    ),
    Provider(
        name="mistral",
        title="Mistral",
        url="https://api.mistral.ai/v1",
        model="mistral-small-latest",
        hint="Use a name from Mistral's list of models.",
        variable="MISTRAL_API_KEY",
        hosts=("api.mistral.ai",),
    ),
    Provider(
        name="deepseek",
        title="DeepSeek",
        url="https://api.deepseek.com/v1",
        model="deepseek-chat",
        hint="Allow a longer answer for a model that reasons.",
        variable="DEEPSEEK_API_KEY",
        hosts=("api.deepseek.com",),
    ),
    Provider(
        name="azure",
        title="Azure OpenAI",
        url=f"https://{RESOURCE}.openai.azure.com/openai/v1",
        model="gpt-4o-mini",
        hint="The model is the name of your deployment; an api-version may stand in the URL.",
        variable="AZURE_OPENAI_API_KEY",
        hosts=(".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com"),
    ),
    Provider(
        name="vllm",
        title="vLLM",
        url="http://127.0.0.1:8000/v1",
        model="Qwen/Qwen2.5-7B-Instruct",
        hint="Start it with: vllm serve MODEL",
    ),
    Provider(
        name="ollama",
        title="Ollama",
        url="http://127.0.0.1:11434/v1",
        model="llama3.1:8b",
        hint="Fetch the model first: ollama pull MODEL. It reads 4,096 tokens unless OLLAMA_CONTEXT_LENGTH says more.",
    ),
    Provider(
        name="llamacpp",
        title="llama.cpp",
        url="http://127.0.0.1:8080/v1",
        model="model",
        hint="Start it with: llama-server -m MODEL.gguf",
    ),
    Provider(
        name="lmstudio",
        title="LM Studio",
        url="http://127.0.0.1:1234/v1",
        model="qwen2.5-7b-instruct",
        hint="Load the model in LM Studio and start its server.",
    ),
    Provider(
        name="other",
        title="Another server",
        url="",
        model="model",
        hint="Any server that speaks OpenAI's protocol; its URL usually ends in /v1.",
    ),
)
"""All entries, in the order in which a form offers them."""
NAMES = tuple(provider.name for provider in PROVIDERS)


def provider_named(name: str) -> Provider:
    """The entry of this name."""
    return next(provider for provider in PROVIDERS if provider.name == name)


def provider_at(url: str) -> Provider | None:
    """The provider whose server this is, over https; None for any other server."""
    return next((provider for provider in PROVIDERS if provider.is_at(url)), None)


def key_header(url: str) -> str:
    """What the key is sent in: Azure's older addresses, which name a deployment, take a Bearer for another thing."""
    provider = provider_at(url)
    is_older = provider is not None and provider.name == "azure" and "/deployments/" in urlsplit(url).path
    return "api-key" if is_older else "Authorization"
