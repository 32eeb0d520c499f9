"""Credentials of every protocol: tokens, schemes, keys, URLs."""

from otel_logging.redaction.detectors import validators
from otel_logging.redaction.detectors._detector import EVERYWHERE, Detector

_QUERY_KEY = (
    r"(?i:[?&;]|%3F|%26)(?:"
    r"(?i:code|sig|signature|key|auth|sid|jwt|otp|pin|ticket|assertion|samlresponse|hmac))"
)
_PEM = r"[A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"

DETECTORS = (
    Detector(
        name="jwt",
        literals=("eyJ",),
        pattern=r"eyJ[A-Za-z0-9_-]{6,}\.(?:eyJ)?[A-Za-z0-9_-]{6,}(?:\.[A-Za-z0-9_-]*){0,3}",
        profiles=EVERYWHERE,
        matches=(
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0",
        ),
        misses=("eyJ", "keyJoint.of.parts"),
    ),
    Detector(
        name="bearer",
        literals=("earer", "EARER"),
        gate=r"(?:[Bb]earer|BEARER)[ \t+:%]",
        pattern=r"(?:[Bb]earer|BEARER)(?:[ \t+:]|%20){1,4}(?P<secret>[A-Za-z0-9._~+/-]{6,}=*)",
        profiles=EVERYWHERE,
        matches=("Bearer mF_9.B5f-4.1JqM", "bearer abcdef123456"),
        misses=("Bearer authentication", "bearer token", "Bearer ***MASKED***"),
        refine=validators.credential,
    ),
    Detector(
        name="basic",
        literals=("asic", "ASIC"),
        gate=r"(?:[Bb]asic|BASIC)[ \t+:%]",
        pattern=r"(?:[Bb]asic|BASIC)(?:[ \t+:]|%20){1,4}(?P<secret>[A-Za-z0-9+/_-]{6,}={0,2})",
        profiles=EVERYWHERE,
        matches=("Basic dXNlcjpwYXNzd29yZA==", "basic dXNlcjpwYXNz"),
        misses=("Basic authentication", "basic training", "Basic ***MASKED***"),
        refine=validators.credential,
    ),
    Detector(
        name="digest-response",
        literals=("response=", "nonce=", "opaque="),
        pattern=r"\b(?:response|nonce|cnonce|opaque)=\\?\"(?P<secret>[^\"\s*][^\"\s]{5,})\\?\"",
        profiles=EVERYWHERE,
        matches=('Digest username="x", response="6629fae49393a05397450978507c4ef1"',),
        misses=('response="ok"',),
    ),
    Detector(
        name="private-key",
        literals=("PRIVATE KEY",),
        pattern=rf"-----BEGIN {_PEM}(?s:.*?)(?:-----END {_PEM}|\z)",
        profiles=EVERYWHERE,
        matches=(
            "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----\\nMIIEowIBAAKCAQEA cut off",
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\nx\n-----END PGP PRIVATE KEY BLOCK-----",
        ),
        misses=("-----BEGIN CERTIFICATE-----", "-----BEGIN PUBLIC KEY-----"),
    ),
    Detector(
        name="url-userinfo",
        literals=("://",),
        gate="@",
        pattern=r"://(?P<secret>[^\s/?#@\"'<>\\]{0,200}:[^\s/@\"'<>]{1,200}|[A-Za-z0-9_~.%-]{20,200})@",
        profiles=EVERYWHERE,
        matches=(
            "postgresql://app:s3cr3t@db:5432/x",
            "redis://:s3cr3t@cache:6379",
            "https://0123456789abcdefghij0123@sentry.example/1",
        ),
        misses=("https://example.com/@user", "http://host:8080/a@b", "ssh://git@github.com/x"),
    ),
    Detector(
        name="url-query",
        literals=("=", "%3D", "%3d"),
        gate=rf"{_QUERY_KEY}(?:=|%3[Dd])",
        pattern=rf"{_QUERY_KEY}(?:=|%3[Dd])"
        r"(?P<secret>[^\s&\"'<>*#;)\\][^\s&\"'<>#;)\\]*)",
        profiles=EVERYWHERE,
        matches=("/cb?code=SplxlOBeZQQYbYS6WxSbIA", "https://b/x?se=1&sig=zzz%2Fz"),
        misses=("/x?code=404", "/x?page=2&sort=key", "/x?sig=***MASKED***"),
        refine=validators.random_code,
    ),
    Detector(
        name="aws-signature",
        literals=("-Amz-", "-amz-", "-AMZ-", "-Goog-", "-goog-", "-GOOG-"),
        pattern=r"[Xx]-(?:Amz|amz|AMZ|Goog|goog|GOOG)-(?i:signature|credential|security-token)"
        r"(?:=|%3[Dd])(?P<secret>[^\s&\"'<>*#]+)",
        profiles=EVERYWHERE,
        matches=(
            "?X-Amz-Signature=fe5f80f77d5fa3beca038a248ff027",
            "&x-amz-signature=fe5f80f77d5fa3beca038a248ff027",
        ),
        misses=("X-Amz-Date=20261124T000000Z", "X-Amz-Signature=***MASKED***"),
    ),
    Detector(
        # Pydantic shows the two ends of an input that is too long: a value without its name.
        name="validation-excerpt",
        literals=("input_value=",),
        pattern=r"\binput_value=(?P<secret>[^\n]*?\.\.\.[^\n]*?), input_type=",
        profiles=EVERYWHERE,
        matches=(
            "[type=missing, input_value={'type': 'order',...-Correct-x1'}}, input_type=dict]",
            '[type=json_invalid, input_value=b\'{"a": 1, "b": ..."s3cr3t"}\', input_type=bytes]',
        ),
        misses=(
            "[type=missing, input_value={'item': 'lamp'}, input_type=dict]",
            "[type=missing, input_value=***MASKED***, input_type=dict]",
            "input_value=waiting...",
        ),
    ),
    Detector(
        name="curl-user",
        literals=("curl",),
        pattern=r"\bcurl[^\n|;]{0,200}? (?:-u|--user|-U|--proxy-user)[ =]?[\"']?"
        r"(?P<secret>[^\s:\"'*$]{1,64}:[^\s:\"'*$/][^\s\"'$]*)",
        profiles=EVERYWHERE,
        matches=(
            "curl -u alice:s3cr3t https://example.com/",
            "curl -s --user 'alice:s3cr3t' -X POST http://host:8080/",
        ),
        misses=("curl -u $USER:$PASS https://x/", "curl -u ***MASKED*** x", "curl -u https://x/"),
    ),
    Detector(
        name="sql-password",
        literals=("IDENTIFIED", "identified", "Identified", "PASSWORD '", "password '"),
        pattern=r"(?:(?:IDENTIFIED|identified|Identified)(?i: with [^\s]{1,64})?(?i: (?:by|as))"
        r"(?i: password)? ?[\"']|(?:WITH|with|ENCRYPTED|encrypted) (?:PASSWORD|password) ')"
        r"(?P<secret>[^\"'\n*][^\"'\n]*)",
        profiles=EVERYWHERE,
        matches=(
            "CREATE USER 'a'@'%' IDENTIFIED BY 's3cr3t'",
            "alter role app with password 's3cr3t'",
            "IDENTIFIED WITH mysql_native_password BY 's3cr3t'",
        ),
        misses=("identified by 3 attributes", "IDENTIFIED BY '***MASKED***'"),
    ),
    Detector(
        name="connection-key",
        literals=("AccountKey=", "AccessKey="),
        pattern=r"(?:AccountKey|SharedAccessKey)=(?P<secret>[A-Za-z0-9+/]{20,}={0,2})",
        profiles=EVERYWHERE,
        matches=("AccountName=a;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1;EndpointSuffix=x",),
        misses=("AccountKey=", "AccountKey=***MASKED***"),
    ),
)
"""The detectors of credentials that are no vendor's own."""
