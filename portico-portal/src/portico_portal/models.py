"""Declares the portal's own tables."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, validates

from portico.tables import UtcDateTime
from portico_portal.clock import utc_now


class Base(DeclarativeBase):
    """What all tables of the portal share."""

    # Named constraints, so that a later migration can drop them on any database.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012 - declared so by SQLAlchemy


class User(Base):
    """A person with an account. It is what Flask-Login and `portico.builtin.User` call a user."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    # In its normal form (`normal_address`), so that one mailbox is one account.
    email: Mapped[str] = mapped_column(String(254))
    full_name: Mapped[str] = mapped_column(String(100), default="")
    password_hash: Mapped[str] = mapped_column(String(255))
    # Counts new passwords. Sessions and reset links carry it, so a new password ends both.
    password_version: Mapped[int] = mapped_column(default=1)
    is_admin: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    # The folded forms make both unique whatever the case, on every database and for every alphabet.
    name_key: Mapped[str] = mapped_column(String(40), unique=True)
    email_key: Mapped[str] = mapped_column(String(254), unique=True)

    @validates("name", "email")
    def _fold(self, field: str, value: str) -> str:
        setattr(self, f"{field}_key", value.casefold())
        return value

    @property
    def display_name(self) -> str:
        """What to call this person on a page."""
        return self.full_name or self.name

    @property
    def is_authenticated(self) -> bool:
        """For Flask-Login: a stored user is somebody."""
        return True

    @property
    def is_anonymous(self) -> bool:
        """For Flask-Login: a stored user is not nobody."""
        return False

    def get_id(self) -> str:
        """For Flask-Login: whom a session belongs to; it stops matching with a new password."""
        return f"{self.id}.{self.password_version}"

    def __repr__(self) -> str:
        return f"<User {self.name!r}>"


class UserSession(Base):
    """Somebody who is signed in with one browser; its cookie holds the number. Signing out deletes the row."""

    __tablename__ = "user_sessions"

    # Nobody can guess it, and no later session gets it again.
    number: Mapped[str] = mapped_column(String(43), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    began_at: Mapped[datetime] = mapped_column(index=True)


class ApiToken(Base):
    """What a program calls the API with, on behalf of a user; stored as a digest only."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    label: Mapped[str] = mapped_column(String(100))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    # Of its owner, when it was made: a new password ends it.
    password_version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    last_used_at: Mapped[datetime | None]


class Attempt(Base):
    """One attempt that is limited in number; who it was about is stored as a digest only."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index(None, "purpose", "subject_digest", "at"),
        Index(None, "purpose", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(20))
    subject_digest: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
