"""Tables: accounts, their roles and tokens, failed attempts."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import DateTime, ForeignKey, Index, String, TypeDecorator
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """Catalogue of the tables."""


class Moment(TypeDecorator[datetime]):
    """A point in time in UTC; SQLite forgets the time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Give back what SQLite has forgotten."""
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Account(Base):
    """One user who can log in, unless locked."""

    __tablename__ = "accounts"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(32))
    password_hash: Mapped[str] = mapped_column(String(255))
    security_question: Mapped[str | None] = mapped_column(String(32))
    security_answer_hash: Mapped[str | None] = mapped_column(String(255))
    locked_until: Mapped[datetime | None] = mapped_column(Moment)
    created_at: Mapped[datetime] = mapped_column(Moment, default=lambda: datetime.now(UTC))
    roles: Mapped[list[Role]] = relationship(lazy="selectin", cascade="all, delete-orphan")

    @property
    def role_names(self) -> list[str]:
        """Names of the roles, sorted."""
        return sorted(role.name for role in self.roles)

    def locked(self, now: datetime) -> bool:
        """Whether nobody can log in to it at that time."""
        return self.locked_until is not None and self.locked_until > now


class Role(Base):
    """A role that an account has."""

    __tablename__ = "roles"

    account_id: Mapped[str] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(64), primary_key=True)


class Token(Base):
    """A refresh token.

    Attributes:
        family: What all tokens have in common that one login has led to.
        used_at: When it was exchanged for new ones.
        revoked_at: When it was made useless.
    """

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    account_id: Mapped[str] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), index=True
    )
    family: Mapped[str] = mapped_column(String(36), index=True)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)


class Failure(Base):
    """A failed attempt to prove who one is; kept for as long as it counts."""

    __tablename__ = "failures"
    __table_args__ = (
        Index("failures_by_account", "account_id", "at"),
        Index("failures_by_address", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    account_id: Mapped[str | None] = mapped_column(String(36))
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)


class Suspicion(Base):
    """An attack that has been told of, so that it is told once."""

    __tablename__ = "suspicions"

    origin: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[datetime] = mapped_column(Moment)
