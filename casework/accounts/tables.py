"""The tables of accounts: who may sign in, on which devices, after how many wrong tries."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text

from casework.store.schema import metadata

account = Table(
    "account",
    metadata,
    Column("login", String(100), primary_key=True),
    Column("name", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("administrator", Boolean, nullable=False),
    Column("code_hash", String(64), nullable=False),
    Column("code_until_us", BigInteger, nullable=True),
    Column("totp_secret", LargeBinary, nullable=True),
    Column("totp_since_us", BigInteger, nullable=True),
    Column("totp_step", BigInteger, nullable=False),
    Column("made_us", BigInteger, nullable=False),
    Column("disabled_us", BigInteger, nullable=True),
    comment="Who may sign in; the post comes from the postings. Empty hashes fit nothing",
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("login", String(100), primary_key=True),
    Column("code_hash", String(64), primary_key=True),
    Column("used_us", BigInteger, nullable=True),
    comment="Keyed hashes of the codes that stand in for a lost phone, each once",
)

session = Table(
    "session",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("login", String(100), nullable=False),
    Column("posting_id", String(32), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("stay", Boolean, nullable=False),
    Column("device", Text, nullable=False),
    Column("made_us", BigInteger, nullable=False),
    Column("seen_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("revoked_us", BigInteger, nullable=True),
    Index(None, "login"),
    comment="Signed-in devices; the token itself is only in the cookie. stage: what is still asked for",
)

sign_in_failure = Table(
    "sign_in_failure",
    metadata,
    Column("kind", String(20), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_us", BigInteger, nullable=False),
    comment="Failed sign-ins in a row, by login as typed and by address",
)

account_change = Table(
    "account_change",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("login", String(100), nullable=False),
    Column("what", String(40), nullable=False),
    Column("by_account", String(100), nullable=False),
    Column("by_name", Text, nullable=False),
    Column("by_post", Text, nullable=False),
    Column("by_unit", String(100), nullable=False),
    Index(None, "login"),
    comment="Who changed whose account when; only ever added to",
)

ACCOUNT_TABLES = (account, recovery_code, session, sign_in_failure, account_change)
