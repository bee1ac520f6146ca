from importlib.resources import files

import pytest

from portico_portal.accounts.validation import password_error


def test_the_list_of_common_passwords_has_ten_thousand_and_names_its_source_and_licence() -> None:
    folder = files("portico_portal.accounts")
    listed = folder.joinpath("common_passwords.txt").read_text(encoding="utf-8").splitlines()
    about = folder.joinpath("common_passwords.md").read_text(encoding="utf-8")

    assert len(set(listed)) == len(listed) == 10_000
    assert all(password == password.strip().casefold() for password in listed)
    assert "Royce Williams" in about
    assert "Redistribution and use in source and binary forms" in about


@pytest.mark.parametrize("password", ["password123", "PassWord123", " 1234567890", "qwertyuiop"])
def test_a_common_password_is_refused_in_any_case_and_with_blanks_around_it(password: str) -> None:
    assert password_error(password) == "This password is among the first that are guessed; use another"


@pytest.mark.parametrize("password", ["x" * 30, "X" * 15 + "x" * 15, " " * 12, "\t\u2003 " * 5, "ß" * 11])
def test_one_character_again_and_again_or_blanks_only_are_no_password(password: str) -> None:
    assert password_error(password) == "Use different characters, not one again and again"


@pytest.mark.parametrize("password", ["correct horse battery", "ein langer satz", "xxxxxxxxxy"])
def test_a_few_words_are_one(password: str) -> None:
    assert password_error(password) is None
