"""Personal data: addresses, telephone numbers, national IDs."""

from otel_logging.redaction.detectors import partials, validators
from otel_logging.redaction.detectors._detector import USUAL, Detector, profiles

DETECTORS = (
    Detector(
        name="email",
        pattern=r"[A-Za-z0-9][A-Za-z0-9._%+'-]*@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24}",
        profiles=USUAL,
        matches=("bob@example.com", "mailto:a.b+tag@mail.example.co.kr>", "bob@example.com으로"),
        misses=("image@2x.png", "git@github.com:org/repo.git", "user @ home", "b***@example.com"),
        refine=validators.email,
        partial=partials.email,
    ),
    Detector(
        name="email-international",
        pattern=r"[^\s@\"'<>(),;:\\*\[\]=/]+@(?:[\x{a1}-\x{10ffff}-]+\.)+[\x{a1}-\x{10ffff}]{2,12}",
        profiles=USUAL,
        matches=("이름@예시.한국",),
        misses=("이름 @ 예시", "@예시.한국"),
        partial=partials.email,
    ),
    Detector(
        name="phone-international",
        pattern=r"\+[1-9][0-9]{0,2}[ .-]?\(?[0-9]{1,4}\)?(?:[ .-]?[0-9]{2,4}){2,4}\b",
        profiles=USUAL,
        matches=("+82 10-1234-5678", "+1 (415) 555-2671", "+442071838750"),
        misses=("+00:00", "1+1 2024", "+5%", "utf-8+2"),
        partial=partials.last_four,
    ),
    Detector(
        name="phone-us",
        pattern=r"(?:\([2-9][0-9]{2}\) ?|\b[2-9][0-9]{2}[.-])[2-9][0-9]{2}[.-][0-9]{4}\b",
        profiles=USUAL,
        matches=("(415) 555-2671", "415-555-2671"),
        misses=("123-456-7890", "10.0.0.1", "4155552671"),
        partial=partials.last_four,
    ),
    Detector(
        name="phone-korean-mobile",
        pattern=r"\b01[016789][ .-]?[0-9]{3,4}[ .-]?[0-9]{4}\b",
        profiles=USUAL,
        matches=("010-1234-5678", "01012345678", "010 1234 5678"),
        misses=("0101234", "2010-1234-5678x", "0x01012345678"),
        partial=partials.last_four,
    ),
    Detector(
        name="phone-korean-landline",
        pattern=r"\b0(?:2|[3-6][1-5]|70|50[0-9])[ .-][0-9]{3,4}-[0-9]{4}\b",
        profiles=profiles("korean strict"),
        matches=("02-123-4567", "031-1234-5678", "070-1234-5678"),
        misses=("02:12:4567", "2024-02-1234"),
        partial=partials.last_four,
    ),
    Detector(
        name="korean-resident-number",
        pattern=r"\b[0-9]{2}[01][0-9][0-3][0-9] ?- ?[1-8][0-9]{6}\b",
        profiles=USUAL,
        matches=("900101-1234567", "050230-3234567".replace("0230", "0228")),
        misses=("901301-1234567", "900101-9234567", "20241124-1234567"),
        refine=validators.resident_number,
    ),
    Detector(
        name="korean-resident-number-plain",
        pattern=r"\b[0-9]{2}[01][0-9][0-3][0-9][1-8][0-9]{6}\b",
        profiles=profiles("korean strict"),
        matches=("9001011234567",),
        misses=("9013011234567", "90010112345678"),
        refine=validators.resident_number,
    ),
    Detector(
        name="korean-business-number",
        pattern=r"\b[1-9][0-9]{2}-[0-9]{2}-[0-9]{5}\b",
        profiles=profiles("korean strict"),
        matches=("120-81-47521",),
        misses=("120-81-475210", "2024-11-24"),
    ),
    Detector(
        name="korean-driving-licence",
        pattern=r"\b(?:1[1-9]|2[0-8])-[0-9]{2}-[0-9]{6}-[0-9]{2}\b",
        profiles=profiles("korean strict"),
        matches=("11-15-123456-61",),
        misses=("11-15-12345-61", "2024-11-15-123456-61x"),
    ),
    Detector(
        name="korean-passport",
        pattern=r"\b[MSRODGPTmsrodgpt][0-9]{3}[A-Za-z][0-9]{4}\b",
        profiles=profiles("korean strict"),
        matches=("M123A4567",),
        misses=("M1234567", "XM123A4567"),
    ),
    Detector(
        name="us-social-security",
        pattern=r"\b(?:00[1-9]|0[1-9][0-9]|[1-578][0-9]{2}|6[0-57-9][0-9]|66[0-57-9])"
        r"-(?:0[1-9]|[1-9][0-9])-(?:000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})\b",
        profiles=USUAL,
        matches=("123-45-6789",),
        misses=("000-12-3456", "666-12-3456", "123-00-4567", "2023-12-24", "900-12-3456"),
        partial=partials.last_four,
    ),
    Detector(
        name="uk-national-insurance",
        pattern=r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]\b",
        profiles=profiles("strict"),
        matches=("AB 12 34 56 C", "AB123456C"),
        misses=("QQ123456C", "AB123456E"),
    ),
    Detector(
        name="ip-address",
        pattern=r"\b(?:(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\b",
        profiles=profiles("strict"),
        matches=("10.0.0.1", "from 203.0.113.7:443"),
        misses=("1.2.3", "300.1.1.1.", "v1.2"),
    ),
)
"""The detectors of personal data."""
