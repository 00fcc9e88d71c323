"""账号规则: how long a code holds, how short a password may be, when a device is signed out, who waits."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from casework.domain.policy import Document

LOGIN, ADDRESS = "login", "address"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OneTimeCode(_Part):
    """一次性密码 on a paper slip."""

    valid_days: int = Field(ge=1, le=90)


class PasswordRule(_Part):
    """密码: a length; no composition rules."""

    shortest: int = Field(ge=8, le=64)


class SessionRule(_Part):
    """How long an unused device stays signed in, and how long even one in daily use."""

    office_hours: int = Field(ge=1, le=48)
    phone_days: int = Field(ge=1, le=180)
    office_longest_days: int = Field(default=7, ge=1, le=30)
    phone_longest_days: int = Field(default=180, ge=1, le=366)

    def lasts(self, *, stay: bool) -> timedelta:
        """From the last page on; `stay`: the person's own phone."""
        return timedelta(days=self.phone_days) if stay else timedelta(hours=self.office_hours)

    def longest(self, *, stay: bool) -> timedelta:
        """From the sign-in on, however often it is used: a lost phone is not signed in for ever."""
        return timedelta(days=self.phone_longest_days if stay else self.office_longest_days)


class LockOut(_Part):
    """Waiting after wrong tries in a row."""

    free_failures_login: int = Field(ge=3, le=100)
    free_failures_address: int = Field(ge=3, le=10_000)
    first_wait_seconds: int = Field(ge=1, le=3600)
    longest_wait_minutes: int = Field(ge=1, le=24 * 60)
    forgotten_after_hours: int = Field(ge=1, le=24 * 30)

    def free(self, kind: str) -> int:
        """Failures without a wait, for a login or an address."""
        return self.free_failures_address if kind == ADDRESS else self.free_failures_login

    def wait_after(self, kind: str, failures: int) -> timedelta:
        """The wait after so many failures in a row: none, then the first, doubling up to the longest."""
        beyond = failures - self.free(kind)
        if beyond < 0:
            return timedelta()
        doublings: int = 2 ** min(beyond, 20)
        longest = timedelta(minutes=self.longest_wait_minutes)
        return min(timedelta(seconds=self.first_wait_seconds * doublings), longest)


class SecondStep(_Part):
    """动态验证码: who must use it."""

    posts: list[str]
    recovery_codes: int = Field(ge=4, le=20)


class AccountPolicy(Document):
    """账号规则."""

    code: OneTimeCode
    password: PasswordRule
    session: SessionRule
    lock_out: LockOut
    second_step: SecondStep
