import pytest
from hypothesis import given, strategies

from portico.sources.sqlalchemy.statements import written_tables


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO orders VALUES (1)",
        "insert into shop.orders (id) values (1) on conflict (id) do update set id = 2",
        'INSERT INTO "shop"."orders" DEFAULT VALUES',
        "INSERT OR IGNORE INTO orders VALUES (1)",
        "INSERT LOW_PRIORITY IGNORE orders VALUES (1) ON DUPLICATE KEY UPDATE id = 1",
        "REPLACE orders VALUES (1)",
        "REPLACE INTO `orders` VALUES (1)",
        "UPDATE orders SET total = 1",
        "UPDATE ONLY orders SET total = 1",
        "UPDATE LOW_PRIORITY orders SET total = 1",
        "UPDATE OR ROLLBACK orders SET total = 1",
        "UPDATE lines JOIN orders AS o ON o.id = lines.order_id SET o.total = 1",
        "UPDATE lines, shop . orders SET total = 1",
        "DELETE FROM orders",
        "DELETE QUICK FROM orders WHERE id = 1",
        "DELETE o FROM lines JOIN orders o ON o.id = lines.order_id",
        "DELETE FROM o USING orders o JOIN lines",
        "delete/* now */from -- all\n orders",
        "WITH gone AS (DELETE FROM orders RETURNING id) SELECT * FROM gone",
        "WITH new AS (SELECT 1) INSERT INTO orders SELECT * FROM new",
        "MERGE INTO orders USING lines ON true WHEN MATCHED THEN DELETE",
        "COPY orders (id, total) FROM STDIN",
        "TRUNCATE TABLE lines, orders",
        "LOAD DATA INFILE 'x' INTO TABLE orders",
        "SELECT 1; UPDATE orders SET total = 1",
        "DO $$ BEGIN UPDATE orders SET total = 1; END $$",
        "/*!50000 UPDATE orders SET total = 1 */",
        r"SELECT 'C:\'; UPDATE orders SET words = 'x'",
        r"SELECT 'it\'s'; UPDATE orders SET words = 'x'",
        r'SELECT "it\"s"; UPDATE orders SET words = "x"',
        "SELECT 5--1; UPDATE orders SET total = 1",
        "EXPLAIN ANALYZE UPDATE orders SET total = 1",
        "UPDATE [orders] SET total = 1",
        "UPDATE Orders SET total = 1",
    ],
)
def test_a_statement_that_writes_a_table_names_it(sql: str) -> None:
    assert "orders" in {write.table for write in written_tables(sql)}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM orders",
        "SELECT * FROM orders FOR UPDATE",
        "SELECT * FROM lines FOR NO KEY UPDATE OF orders",
        "SELECT replace(words, 'a', 'b') FROM orders",
        "SELECT 'UPDATE orders SET total = 1'",
        "SELECT 1 -- UPDATE orders SET total = 1",
        "SELECT 1 /* DELETE FROM orders */",
        "UPDATE lines SET total = (SELECT total FROM orders)",
        "DELETE FROM lines WHERE order_id IN (SELECT id FROM orders)",
        "INSERT INTO lines SELECT * FROM orders",
        "COPY orders TO STDOUT",
        "COPY (SELECT * FROM orders) TO STDOUT",
        "GRANT UPDATE ON orders TO nora",
        "CREATE TABLE lines (id int REFERENCES orders ON DELETE CASCADE ON UPDATE CASCADE)",
        'SELECT "update" FROM orders',
        "",
    ],
)
def test_a_statement_that_only_reads_a_table_does_not(sql: str) -> None:
    assert "orders" not in {write.table for write in written_tables(sql)}


def test_the_verb_is_told_with_the_table() -> None:
    writes = written_tables("WITH a AS (DELETE FROM lines RETURNING *) UPDATE orders SET total = 1")

    assert {("DELETE", "lines"), ("UPDATE", "orders")} <= writes
    assert ("UPDATE", "lines") not in writes


def test_a_statement_of_any_length_is_read() -> None:
    values = ", ".join(["(1)"] * 10_000)

    assert written_tables(f"INSERT INTO orders VALUES {values}") == {("INSERT", "orders")}  # noqa: S608 - only read


@given(strategies.text(alphabet="'\"`[]\\;-/*$ aUPDATE.(", max_size=40))
def test_whatever_stands_before_it_no_text_is_too_broken_to_be_read(text: str) -> None:
    writes = written_tables(f"{text} TRUNCATE orders")

    assert all(write.table == write.table.lower() for write in writes)
