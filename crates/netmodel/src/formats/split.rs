//! Rows of delimited text.

/// The fields of a row, without the quotes around them; between fields that blanks separate there may be many.
pub(crate) fn fields(line: &str, separator: char) -> Vec<&str> {
    if separator == ' ' {
        return line.split_whitespace().map(|f| f.trim_matches('"')).collect();
    }
    let (mut fields, mut from, mut inside) = (Vec::new(), 0, false);
    for (at, c) in line.char_indices() {
        inside ^= c == '"';
        if c == separator && !inside {
            fields.push(&line[from..at]);
            from = at + c.len_utf8();
        }
    }
    fields.push(&line[from..]);
    fields.into_iter().map(|f| f.trim().trim_matches('"').trim()).collect()
}

/// What most probably stands between the columns of a header.
pub(crate) fn separator(header: &str) -> char {
    let count = |c: char| fields(header, c).len();
    // Decimal commas and names with commas are met, semicolons in names are not.
    [';', '\t', ',', '|'].into_iter().rev().max_by_key(|c| count(*c)).unwrap_or(',')
}
