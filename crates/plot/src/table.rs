//! The numbers behind a chart, as CSV.

/// One entry of a [`Table`].
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    /// A number, written with as many digits as it takes to read the same number back.
    Number(f64),
    Empty,
}

impl From<f64> for Cell {
    /// A number; one that is not finite becomes its name (`NaN`, `inf`), so that equal tables compare equal.
    fn from(value: f64) -> Cell {
        if value.is_finite() { Cell::Number(value) } else { Cell::Text(value.to_string()) }
    }
}

impl From<usize> for Cell {
    fn from(value: usize) -> Cell {
        Cell::Number(value as f64)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        Cell::Text(text.to_string())
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Cell {
        value.map_or(Cell::Empty, T::into)
    }
}

/// The data of a chart: all of it, also what the picture thins out. Column names end in their unit.
///
/// ```
/// use plot::Table;
///
/// let mut table = Table::new(&["rule", "stall_s"]);
/// table.row(["bola, tuned".into(), 1.5.into()]);
/// assert_eq!(table.csv(), "rule,stall_s\n\"bola, tuned\",1.5\n");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Names of the columns, with units.
    pub columns: Vec<String>,
    /// One entry per column and row.
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: &[&str]) -> Table {
        Table { columns: columns.iter().map(|c| (*c).to_string()).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        self.rows.push(cells.into());
    }

    /// As CSV (RFC 4180 quoting, lines end in `\n`).
    pub fn csv(&self) -> String {
        let mut out = String::new();
        let mut line = |cells: &mut dyn Iterator<Item = String>| {
            for (i, cell) in cells.enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&cell);
            }
            out.push('\n');
        };
        line(&mut self.columns.iter().map(|c| quoted(c)));
        for row in &self.rows {
            line(&mut row.iter().map(|cell| match cell {
                Cell::Text(text) => quoted(text),
                Cell::Number(value) => value.to_string(),
                Cell::Empty => String::new(),
            }));
        }
        out
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_must_be_quoted_and_keeps_every_digit() {
        let mut table = Table::new(&["a", "b_s", "c"]);
        table.row(["say \"x\",\ny".into(), 0.1.into(), Cell::Empty]);
        table.row([f64::NAN.into(), (1.0 / 3.0).into(), Some(7usize).into()]);
        assert_eq!(table.csv(), "a,b_s,c\n\"say \"\"x\"\",\ny\",0.1,\nNaN,0.3333333333333333,7\n");
        assert_eq!(table, table.clone());
    }
}
