import portico_portal


def test_every_public_name_is_there_when_it_is_asked_for() -> None:
    assert all(hasattr(portico_portal, name) for name in portico_portal.__all__)


def test_a_name_that_is_not_there_is_refused_as_python_does() -> None:
    assert not hasattr(portico_portal, "nothing")


def test_its_names_are_listed() -> None:
    assert set(portico_portal.__all__) <= set(dir(portico_portal))
