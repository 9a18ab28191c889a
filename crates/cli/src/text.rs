//! Tables and numbers as people read them.

use std::fmt::Write as _;

use anstyle::Style;
use serde::ser::{Serialize, SerializeMap, Serializer};
use unicode_width::UnicodeWidthStr;

/// A JSON object whose fields stand in the order in which they are given.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ordered<T>(pub(crate) Vec<(String, T)>);

impl<T: Serialize> Serialize for Ordered<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// How wide a table may be.
pub(crate) const WIDTH: usize = 80;

pub(crate) const HEADING: Style = Style::new().bold();

/// A table: the first column to the left, the others to the right. A first cell that would make it wider than 80 characters
/// stands on a line of its own.
#[derive(Debug, Default)]
pub(crate) struct Table {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<S: AsRef<str>>(head: impl IntoIterator<Item = S>) -> Table {
        Table { head: head.into_iter().map(|c| printable(c.as_ref())).collect(), rows: Vec::new() }
    }

    pub(crate) fn row<S: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(|c| printable(c.as_ref())).collect());
    }

    /// The table as lines, its heading set off.
    pub(crate) fn render(&self) -> String {
        let length = |cell: &String| cell.width();
        let column = |i: usize| self.rows.iter().filter_map(move |r| r.get(i)).chain(self.head.get(i));
        let mut widths: Vec<usize> =
            (0..self.head.len()).map(|i| column(i).map(length).max().unwrap_or(0)).collect();
        let others: usize = widths.iter().skip(1).map(|w| w + 2).sum();
        let most = WIDTH.saturating_sub(others);
        let fitting = column(0).map(length).filter(|n| *n <= most).max().unwrap_or(0);
        if let Some(first) = widths.first_mut().filter(|w| **w > most) {
            *first = fitting;
        }
        let line = |cells: &[String]| {
            let mut text = String::new();
            for (i, (cell, width)) in cells.iter().zip(&widths).enumerate() {
                let pad = " ".repeat(width.saturating_sub(length(cell)));
                match i {
                    0 if length(cell) > *width => text.extend([cell.as_str(), "\n", &" ".repeat(*width)]),
                    0 => text.extend([cell.as_str(), &pad]),
                    _ => text.extend(["  ", &pad, cell]),
                }
            }
            text.trim_end().to_string()
        };
        let mut text = format!("{HEADING}{}{HEADING:#}\n", line(&self.head));
        for row in &self.rows {
            let _ = writeln!(text, "{}", line(row));
        }
        text
    }
}

/// A text without anything that would break its line or speak to the terminal.
pub(crate) fn printable(text: &str) -> String {
    // Controls of both kinds, and marks that turn the direction of what follows.
    let speaks = |c: char| {
        let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}')
    };
    text.chars().map(|c| if speaks(c) { ' ' } else { c }).collect()
}

/// A message in which nothing that was given takes a page: long words and what is long as a whole are cut in their middle, for
/// paths tell most at their end.
pub(crate) fn brief(message: &str) -> String {
    const WORD: usize = 240;
    const WHOLE: usize = 1600;
    let cut = |text: &str, most: usize| {
        let (count, kept) = (text.chars().count(), most / 2);
        if count <= most {
            return text.to_string();
        }
        let head: String = text.chars().take(kept).collect();
        let tail: String = text.chars().skip(count - kept / 2).collect();
        format!("{head}…{tail}")
    };
    let words: String = message.split_inclusive(' ').map(|word| cut(word, WORD)).collect();
    cut(&words, WHOLE)
}

/// Pairs of a name and a value, the values in one column.
pub(crate) fn pairs(pairs: &[(String, String)]) -> String {
    let width = pairs.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in pairs {
        let pad = " ".repeat(width - name.width());
        let line = format!("{name}{pad}  {}", printable(value));
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// How many decimals show three to four digits of a number of this size.
pub(crate) fn decimals(size: f64) -> usize {
    let size = size.abs();
    if !size.is_finite() || size == 0.0 {
        return 2;
    }
    let digits = if size < 1.0 { 2.0 } else { 3.0 };
    (digits - size.log10().floor()).clamp(0.0, 6.0) as usize
}

/// A number with so many decimals; never `-0`.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "-".to_string();
    }
    if value.abs() >= 1e12 {
        return format!("{value:.3e}");
    }
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|c| c == '0' || c == '.') => digits.to_string(),
        _ => text,
    }
}

/// A number of about four digits.
pub(crate) fn short(value: f64) -> String {
    fixed(value, decimals(value).min(3))
}

pub(crate) fn p_value(p: f64) -> String {
    match p {
        p if !p.is_finite() => "-".to_string(),
        p if p < 1e-99 => "<1e-99".to_string(),
        p if p < 0.001 => format!("{p:.0e}"),
        p => format!("{p:.3}"),
    }
}

/// `1 trace`, `2 traces`.
pub(crate) fn counted(n: usize, thing: &str) -> String {
    if n == 1 { format!("1 {thing}") } else { format!("{n} {thing}s") }
}

/// A text broken into lines of at most `width`, at blanks; lines after the first begin with `indent`.
pub(crate) fn wrap(text: &str, width: usize, indent: &str) -> String {
    let (mut lines, mut line) = (String::new(), String::new());
    for word in text.split_whitespace() {
        if !line.trim().is_empty() && line.width() + 1 + word.width() > width {
            lines.push_str(line.trim_end());
            lines.push('\n');
            line = indent.to_string();
        } else if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push_str(&line);
    lines
}

/// A text after a heading, from a column on, in lines of at most 80 characters.
pub(crate) fn wrap_after(head: &str, text: &str, column: usize) -> String {
    let indent = " ".repeat(column);
    let body = wrap(text, WIDTH - column, "").replace('\n', &format!("\n{indent}"));
    match column.checked_sub(head.width()).filter(|room| *room > 0) {
        Some(room) => format!("{head}{}{body}", " ".repeat(room)),
        None => format!("{head}\n{indent}{body}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other_where_letters_are_wide() {
        let mut table = Table::new(["trace", "kbit/s"]);
        table.row(["東京", "1200"]); // two columns each
        table.row(["cafe\u{301}", "900"]); // an accent of its own has none
        let lines: Vec<usize> = table.render().lines().skip(1).map(UnicodeWidthStr::width).collect();
        assert_eq!(lines, [13, 13]);
    }

    #[test]
    fn numbers_have_the_digits_that_matter() {
        assert_eq!(
            [short(1234.56), short(0.0123), short(12.345), short(0.0)],
            ["1235", "0.012", "12.35", "0.00"]
        );
        assert_eq!([fixed(-0.0001, 2), fixed(f64::NAN, 2), fixed(1e300, 0)], ["0.00", "-", "1.000e300"]);
        assert_eq!([p_value(0.04321), p_value(2.4e-9), p_value(0.0)], ["0.043", "2e-9", "<1e-99"]);
    }

    #[test]
    fn tables_align() {
        let mut table = Table::new(["rule", "mean"]);
        table.row(["bola", "12.5"]);
        table.row(["throughput", "3"]);
        let plain = anstream::adapter::strip_str(&table.render()).to_string();
        assert_eq!(plain, "rule        mean\nbola        12.5\nthroughput     3\n");
        table.row([&"x".repeat(90), "7\u{1b}"]);
        let plain = anstream::adapter::strip_str(&table.render()).to_string();
        assert_eq!(plain.lines().skip(3).collect::<Vec<_>>(), ["x".repeat(90), format!("{:14}7", "")]);
    }

    #[test]
    fn wraps_at_blanks() {
        assert_eq!(wrap("one two three", 8, "  "), "one two\n  three");
        assert_eq!(wrap("averylongword b", 4, ""), "averylongword\nb");
    }
}
