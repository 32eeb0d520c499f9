"""API keys of well-known vendors: each begins with a literal, which makes it cheap to find."""

from otel_logging.redaction.detectors._detector import EVERYWHERE, Detector

_A = "[A-Za-z0-9]"
_T = "[A-Za-z0-9_-]"


def _key(
    name: str, pattern: str, example: str, miss: str, literals: str, gate: str | None = None
) -> Detector:
    return Detector(
        name=name,
        pattern=pattern,
        profiles=EVERYWHERE,
        matches=(example,),
        misses=(miss,),
        literals=tuple(literals.split()),
        gate=gate,
    )


def _fill(prefix: str, length: int) -> str:
    """An example: the prefix and ``length`` characters that are nobody's key."""
    return prefix + ("Ab3dE6gH9jK2mN5pQ8rS" * (length // 20 + 1))[:length]


DETECTORS = (
    _key(
        "aws-access-key",
        r"A(?:KIA|SIA)[A-Z2-7]{16}\b",
        "AKIAIOSFODNN7EXAMPLE",
        "AKIA1234",
        "AKIA ASIA",
    ),
    _key(
        "github-token",
        rf"gh[pousr]_{_A}{{30,255}}",
        _fill("ghp_", 36),
        "ghp_short",
        "ghp_ gho_ ghu_ ghs_ ghr_",
    ),
    _key(
        "github-pat",
        rf"github_pat_{_T}{{22,255}}",
        _fill("github_pat_", 40),
        "github_pat_x",
        "github_pat_",
    ),
    _key(
        "gitlab-token",
        rf"gl(?:pat|dt|rt|ptt|agent|cbt|soat)-{_T}{{20,}}",
        _fill("glpat-", 20),
        "glpat-x",
        "glpat- gldt- glrt- glptt- glagent- glcbt- glsoat-",
    ),
    _key(
        "slack-token",
        rf"xox[abeoprs]-{_T}{{10,}}",
        _fill("xoxb-123456789012-", 24),
        "xoxo-hugs",
        "xox",
        r"xox[abeoprs]-",
    ),
    _key("slack-app-token", rf"xapp-{_T}{{10,}}", _fill("xapp-1-", 30), "xapp-1", "xapp-"),
    _key(
        "slack-webhook",
        r"hooks\.slack\.com/(?:services|workflows)/(?P<secret>[A-Za-z0-9_/]{20,})",
        _fill("https://hooks.slack.com/services/T000/B000/", 24),
        "https://hooks.slack.com/services/",
        "hooks.slack.com",
    ),
    _key(
        "stripe-key",
        rf"[sr]k_(?:live|test)_{_A}{{10,}}",
        _fill("sk_live_", 24),
        "sk_live_",
        "k_live_ k_test_",
    ),
    _key("stripe-webhook-secret", rf"whsec_{_A}{{20,}}", _fill("whsec_", 32), "whsec_x", "whsec_"),
    _key(
        "toss-secret-key",
        rf"(?:live|test)_g?sk_{_T}{{20,}}",
        _fill("live_sk_", 30),
        "test_sk_x",
        "sk_",
        r"t_g?sk_|e_g?sk_",
    ),
    _key("google-api-key", rf"AIza{_T}{{35}}", _fill("AIza", 35), "AIzaShort", "AIza"),
    _key("google-oauth-token", rf"ya29\.{_T}{{20,}}", _fill("ya29.", 40), "ya29.x", "ya29."),
    _key(
        "google-client-secret", rf"GOCSPX-{_T}{{20,}}", _fill("GOCSPX-", 28), "GOCSPX-x", "GOCSPX-"
    ),
    _key(
        "openai-key",
        rf"sk-(?:proj|svcacct|admin|ant)-{_T}{{20,}}|sk-{_A}{{32,}}",
        _fill("sk-proj-", 40),
        "sk-learn",
        "sk-",
        rf"sk-{_T}{{8}}",
    ),
    _key(
        "sendgrid-key",
        rf"SG\.{_T}{{16,32}}\.{_T}{{16,64}}",
        _fill(_fill("SG.", 22) + ".", 43),
        "SG.1",
        "SG.",
        rf"SG\.{_T}{{8}}",
    ),
    _key(
        "mailgun-key",
        r"key-[0-9a-f]{32}\b",
        "key-" + "0a1b2c3d" * 4,
        "key-value",
        "key-",
        "key-[0-9a-f]{8}",
    ),
    _key(
        "twilio-key",
        r"\b(?:SK|AC)[0-9a-f]{32}\b",
        "SK" + "0a1b2c3d" * 4,
        "SK0a1b",
        "SK AC",
        "(?:SK|AC)[0-9a-f]{8}",
    ),
    _key("npm-token", rf"npm_{_A}{{36}}", _fill("npm_", 36), "npm_config_cache", "npm_"),
    _key("pypi-token", rf"pypi-{_T}{{50,}}", _fill("pypi-", 60), "pypi-server", "pypi-"),
    _key(
        "docker-token",
        rf"dckr_(?:pat|oat)_{_T}{{20,}}",
        _fill("dckr_pat_", 27),
        "dckr_pat_x",
        "dckr_",
    ),
    _key(
        "digitalocean-token",
        r"do[opr]_v1_[0-9a-f]{64}",
        "dop_v1_" + "0a1b2c3d" * 8,
        "dop_v1_x",
        "_v1_",
    ),
    _key(
        "shopify-token",
        r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
        "shpat_" + "0a1b2c3d" * 4,
        "shpat_x",
        "shpat_ shpca_ shppa_ shpss_",
    ),
    _key(
        "square-token", rf"sq0(?:atp|csp|idp)-{_T}{{22,}}", _fill("sq0atp-", 22), "sq0atp-x", "sq0"
    ),
    _key(
        "telegram-bot-token",
        rf"\b[0-9]{{8,10}}:AA{_T}{{33}}",
        _fill("123456789:AA", 33),
        "12:AA",
        ":AA",
    ),
    _key(
        "discord-token",
        rf"\b(?:M[Tjz]|N[DTjz]|O[DT]){_T}{{22,26}}\.{_T}{{6}}\.{_T}{{27,40}}",
        _fill(_fill("MT", 22) + ".Ab3dE6.", 27),
        "M.a.b",
        "MT Mj Mz ND NT Nj Nz OD OT",
        rf"(?:M[Tjz]|N[DTjz]|O[DT]){_T}{{8}}",
    ),
    _key(
        "huggingface-token",
        rf"\bhf_{_A}{{30,}}",
        _fill("hf_", 34),
        "hf_hub",
        "hf_",
        rf"hf_{_A}{{8}}",
    ),
    _key(
        "databricks-token",
        r"\bdapi[0-9a-f]{32}",
        "dapi" + "0a1b2c3d" * 4,
        "dapi1",
        "dapi",
        "dapi[0-9a-f]{8}",
    ),
    _key("atlassian-token", r"ATATT3[A-Za-z0-9_=-]{40,}", _fill("ATATT3", 60), "ATATT3", "ATATT3"),
    _key("vault-token", rf"\bhv[sbr]\.{_T}{{20,}}", _fill("hvs.", 30), "hvs.x", "hvs. hvb. hvr."),
    _key(
        "doppler-token",
        rf"dp\.(?:pt|st|ct|sa|scim|audit)\.{_T}{{30,}}",
        _fill("dp.pt.", 43),
        "dp.pt.x",
        "dp.",
        r"dp\.(?:pt|st|ct|sa|scim|audit)\.",
    ),
    _key("grafana-token", rf"gl(?:sa|c)_{_T}{{30,}}", _fill("glsa_", 40), "glsa_x", "glsa_ glc_"),
    _key(
        "linear-key", rf"lin_(?:api|oauth)_{_A}{{30,}}", _fill("lin_api_", 40), "lin_api_x", "lin_"
    ),
    _key("notion-token", rf"\bntn_{_A}{{40,}}", _fill("ntn_", 46), "ntn_x", "ntn_"),
    _key(
        "age-secret-key",
        r"AGE-SECRET-KEY-1[A-Z0-9]{58}",
        "AGE-SECRET-KEY-1" + "QPZRY9X8GF" * 5 + "QPZRY9X8",
        "AGE-SECRET-KEY-1",
        "AGE-SECRET-KEY-1",
    ),
    _key(
        "postman-key",
        r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
        "PMAK-" + "0a1b2c" * 4 + "-" + "0a" * 17,
        "PMAK-1",
        "PMAK-",
    ),
    _key(
        "azure-client-secret",
        rf"\b{_A}{{3}}8Q~[A-Za-z0-9_~.-]{{34}}",
        "Ab3" + _fill("8Q~", 34),
        "abc8Q~",
        "8Q~",
    ),
)
"""The detectors of vendors' keys."""
