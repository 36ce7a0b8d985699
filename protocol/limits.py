"""Every limit of the wire in one place, each with its unit (SPEC 10)."""

FORMAT = "yz1"

HEADER_BYTES_MAX = 512
BODY_BYTES_MIN = 2
BODY_BYTES_MAX = 65_536
KIND_BYTES_MAX = 48
INTEGER_MAX = 2**53 - 1
JSON_DEPTH_MAX = 16
SALT_CHARS = 22

RUN_ENTRIES_MAX = 256
RUN_BYTES_MAX = 512 * 1024
PAGE_BYTES_MAX = 1024 * 1024
PAGE_MS_MAX = 2_000
REQUEST_BYTES_MAX = 2 * 1024 * 1024
COMPARISON_BYTES_MAX = 64 * 1024
WAIT_S_MAX = 55
HEADS_PER_REPLY_MAX = 8_192
HEAD_PAGES_MAX = 64
RANGES_PER_REQUEST_MAX = 256
FEED_ROWS_MAX = 4_096

PERMANENT_CHANNELS = ("registry", "performance")
"""Channels whose bodies are never absent: who is a member and what counts rest on them."""

FUTURE_MS_MAX = 900_000
REQUEST_AGE_S_MAX = 300

QUOTA_WINDOW_MS = 24 * 3600 * 1000
QUOTA_ENTRIES = 20_000
QUOTA_BYTES = 64 * 1024 * 1024
EPOCHS_PER_YEAR_MAX = 16
YEAR_S = 365 * 24 * 3600

SEALED_RECIPIENTS_MAX = 16
FILE_BYTES_MAX = 256 * 1024 * 1024
FILE_PIECE_BYTES_MAX = 1024 * 1024
FILE_CHUNK_BYTES = 64 * 1024
"""What one chunk of a sealed file holds, before its tag."""
COUNCIL_KEYS_MAX = 64
FORK_HEADERS_MAX = 60
FLAW_FIELDS_MAX = 246
JOINT_ADMISSION_MS_MAX = 90 * 24 * 3600 * 1000

BUCKETS = 256
SUB_BUCKETS = 16

CHANNELS = (
    "registry",
    "needs",
    "results",
    "referrals",
    "performance",
    "programmes",
    "bulletin",
)
