//! Documents while they are parsed: what may still be added to which table.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Toml;
use super::error::{Problem, Result};

/// How a table came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// `{ … }`: complete.
    Inline,
    /// By a key with dots: more such keys of the same table can add to it.
    Dotted,
    /// By the header of a table in it: it can still get a header of its own.
    Implicit,
    /// By its header.
    Header,
}

/// How a value is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Insertion {
    /// `a.b = …`
    Key,
    /// `[a.b]`
    Table,
    /// `[[a.b]]`
    ArrayOfTables,
}

/// A table of a document.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) origin: Origin,
    pub(super) entries: BTreeMap<Vec<u8>, Node>,
}

/// What a key stands for.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    /// Where it was defined.
    pub(super) place: Range<usize>,
}

/// A value of a document.
#[derive(Debug)]
pub(super) enum Value {
    Scalar(Toml),
    /// `[ … ]`
    Array(Vec<Node>),
    /// All the `[[a.b]]`; there is at least one.
    ArrayOfTables(Vec<Table>),
    Table(Table),
}

/// A key, perhaps with dots.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) parts: Vec<Vec<u8>>,
    pub(super) place: Range<usize>,
}

impl Table {
    pub(super) fn new(origin: Origin) -> Table {
        Table {
            origin,
            entries: BTreeMap::new(),
        }
    }

    /// The value.
    pub(super) fn finish(self) -> Toml {
        let finish = |(key, node): (Vec<u8>, Node)| (key, node.value.finish());
        Toml::Table(self.entries.into_iter().map(finish).collect())
    }

    /// Adds `key = value`.
    pub(super) fn insert(&mut self, key: Key, node: Node) -> Result<()> {
        let (table, last) = self.parent(&key, Insertion::Key)?;
        if let Some(existing) = table.entries.get(&last) {
            return Err(Problem::new(
                "toml::insert_value: failed to insert a value, value already exists",
                key.place,
                "inserting this",
            )
            .and(existing.place.clone(), "but value already exists"));
        }
        table.entries.insert(last, node);
        Ok(())
    }

    /// Adds the table of a header `[key]`.
    pub(super) fn insert_table(&mut self, key: &Key) -> Result<&mut Table> {
        let (table, last) = self.parent(key, Insertion::Table)?;
        let node = table.entries.entry(last).or_insert_with(|| Node {
            value: Value::Table(Table::new(Origin::Implicit)),
            place: key.place.clone(),
        });
        let defined = node.place.clone();
        node.place = key.place.clone();
        match &mut node.value {
            Value::Table(table) if table.origin == Origin::Implicit => {
                table.origin = Origin::Header;
                Ok(table)
            }
            _ => Err(Problem::new(
                "toml::insert_value: failed to insert a table, table already defined",
                key.place.clone(),
                "inserting this",
            )
            .and(defined, "this table is explicitly defined")),
        }
    }

    /// Adds the table of a header `[[key]]`.
    pub(super) fn insert_array_table(&mut self, key: &Key) -> Result<&mut Table> {
        let (table, last) = self.parent(key, Insertion::ArrayOfTables)?;
        let node = table.entries.entry(last).or_insert_with(|| Node {
            value: Value::ArrayOfTables(Vec::new()),
            place: key.place.clone(),
        });
        let (title, message) = match &mut node.value {
            Value::ArrayOfTables(tables) => {
                tables.push(Table::new(Origin::Header));
                let last = tables.len() - 1;
                return Ok(&mut tables[last]);
            }
            Value::Array(elements) if are_tables(elements) => (
                "toml::insert_value: failed to insert a table, inline array of tables is immutable",
                "this is inline array-of-tables",
            ),
            _ => (
                "toml::insert_value: failed to insert an array of tables, value already exists",
                "non-table value already exists",
            ),
        };
        Err(
            Problem::new(title, key.place.clone(), "while inserting this")
                .and(node.place.clone(), message),
        )
    }

    /// The table that the last part of a key belongs to, made if need be, and that part.
    fn parent(&mut self, key: &Key, insertion: Insertion) -> Result<(&mut Table, Vec<u8>)> {
        let mut table = self;
        let Some((last, parts)) = key.parts.split_last() else {
            return Err(Problem::new(
                "toml::insert_key: no keys found",
                key.place.clone(),
                "here",
            ));
        };
        for part in parts {
            let origin = match insertion {
                Insertion::Key => Origin::Dotted,
                Insertion::Table | Insertion::ArrayOfTables => Origin::Implicit,
            };
            let node = table.entries.entry(part.clone()).or_insert_with(|| Node {
                value: Value::Table(Table::new(origin)),
                place: key.place.clone(),
            });
            let (title, message, existing) = match &mut node.value {
                Value::Table(inner) => match (inner.origin, insertion) {
                    (Origin::Inline, _) => (
                        "toml::insert_value: failed to insert a value: inline table is immutable",
                        "inserting this",
                        "to this table",
                    ),
                    (Origin::Implicit | Origin::Header, Insertion::Key) => (
                        "toml::insert_value: reopening a table using dotted keys",
                        "dotted key cannot reopen a table",
                        "this table is already closed",
                    ),
                    _ => {
                        table = inner;
                        continue;
                    }
                },
                Value::ArrayOfTables(_) if insertion == Insertion::Key => (
                    "toml::insert_value:dotted key cannot reopen an array-of-tables",
                    "inserting this",
                    "to this array-of-tables.",
                ),
                Value::ArrayOfTables(tables) if !tables.is_empty() => {
                    let last = tables.len() - 1;
                    table = &mut tables[last];
                    continue;
                }
                Value::Array(elements) if are_tables(elements) => (
                    "toml::insert_value:inline array of tables are immutable",
                    "inserting this",
                    "inline array of tables",
                ),
                Value::Scalar(_) | Value::Array(_) | Value::ArrayOfTables(_) => (
                    "toml::insert_value: failed to insert a value, value already exists",
                    "while inserting this",
                    "non-table value already exists",
                ),
            };
            return Err(
                Problem::new(title, key.place.clone(), message).and(node.place.clone(), existing)
            );
        }
        Ok((table, last.clone()))
    }
}

/// Whether an array could be one of tables.
fn are_tables(elements: &[Node]) -> bool {
    !elements.is_empty()
        && elements
            .iter()
            .all(|node| matches!(node.value, Value::Table(_)))
}

impl Value {
    fn finish(self) -> Toml {
        match self {
            Value::Scalar(value) => value,
            Value::Array(elements) => Toml::Array(
                elements
                    .into_iter()
                    .map(|node| node.value.finish())
                    .collect(),
            ),
            Value::ArrayOfTables(tables) => {
                Toml::Array(tables.into_iter().map(Table::finish).collect())
            }
            Value::Table(table) => table.finish(),
        }
    }
}
