//! Lines out of a stream, without a copy of the whole and without an allocation per line.

use std::io::Read;

use crate::NetworkError;

/// The longest line of a trace, in bytes.
pub(crate) const MAX_LINE_BYTES: usize = 1 << 16;

pub(crate) struct Field<'a> {
    /// The number of its line, from 1.
    pub(crate) line: usize,
    pub(crate) text: &'a [u8],
    /// Whether its line ends with it.
    pub(crate) last: bool,
}

/// The lines of an input, one after the other, through a buffer of fixed size.
pub(crate) struct Lines<'a> {
    input: &'a mut dyn Read,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// The number of the line that was handed out last.
    line: usize,
    over: bool,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(input: &'a mut dyn Read) -> Lines<'a> {
        Lines { input, buffer: vec![0; 2 * MAX_LINE_BYTES], start: 0, end: 0, line: 0, over: false }
    }

    /// The number of the line that was handed out last, from 1; 0 before the first.
    pub(crate) fn number(&self) -> usize {
        self.line
    }

    /// The next line and its number, from 1: without its end (LF or CRLF), and a byte-order mark before the first.
    #[inline]
    pub(crate) fn next(&mut self) -> Result<Option<(usize, &[u8])>, NetworkError> {
        let Some(length) = self.find(|waiting| memchr::memchr(b'\n', waiting))? else { return Ok(None) };
        Ok(Some((self.line + 1, self.hand_out(length))))
    }

    /// The next field of a line of any length, up to a separator or the end of the line. An input that ends with a
    /// separator has no field behind it.
    pub(crate) fn next_field(&mut self, separator: u8) -> Result<Option<Field<'_>>, NetworkError> {
        let Some(length) = self.find(|waiting| memchr::memchr2(separator, b'\n', waiting))? else {
            return Ok(None);
        };
        let (line, start, end) = (self.line + 1, self.start, self.start + length);
        let last = self.buffer[end..self.end].first() != Some(&separator);
        self.start = self.end.min(end + 1);
        self.line += usize::from(last);
        Ok(Some(Field { line, text: &self.buffer[start..end], last }))
    }

    /// How many bytes there are before the one that `end` finds, or before the end of the input; None at this end.
    #[inline]
    fn find(&mut self, end: impl Fn(&[u8]) -> Option<usize>) -> Result<Option<usize>, NetworkError> {
        loop {
            let waiting = &self.buffer[self.start..self.end];
            let length = match end(waiting) {
                Some(length) => length,
                None if self.over && waiting.is_empty() => return Ok(None),
                None if self.over || waiting.len() > MAX_LINE_BYTES => waiting.len(),
                None => {
                    self.fill()?;
                    continue;
                }
            };
            if length > MAX_LINE_BYTES {
                let expected = format!("lines of at most {MAX_LINE_BYTES} bytes");
                return Err(NetworkError::input(self.line + 1, "", "a longer line", expected));
            }
            return Ok(Some(length));
        }
    }

    /// The whole number that is the next line, and its line's number, in one look at its bytes. None for any other
    /// line, or one that is not whole in the buffer: it is then still the next.
    #[inline]
    pub(crate) fn next_number(&mut self) -> Option<(usize, u32)> {
        let mut value = 0u64;
        for (i, byte) in self.buffer[self.start..self.end].iter().enumerate() {
            let digit = byte.wrapping_sub(b'0');
            if digit <= 9 {
                value = value * 10 + u64::from(digit);
                // Ten digits and more may be too large: whether they are is not for here.
                if i == 9 {
                    return None;
                }
            } else if *byte == b'\n' && i > 0 {
                self.start += i + 1;
                self.line += 1;
                return Some((self.line, value as u32));
            } else {
                return None;
            }
        }
        None
    }

    #[inline]
    fn hand_out(&mut self, length: usize) -> &[u8] {
        let end = self.start + length;
        let mut line = &self.buffer[self.start..end];
        let ends = end < self.end;
        self.start = if ends { end + 1 } else { end };
        self.line += 1;
        if self.line == 1 {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        line.strip_suffix(b"\r").filter(|_| ends).unwrap_or(line)
    }

    /// More of the input behind what is waiting, which is less than a line.
    #[cold]
    fn fill(&mut self) -> Result<(), NetworkError> {
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        loop {
            match self.input.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.over = true,
                Ok(n) => self.end += n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(super::io(e)),
            }
            return Ok(());
        }
    }
}

/// The fields of a line, separated by blanks or tabs.
pub(crate) fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(u8::is_ascii_whitespace).filter(|f| !f.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An input that comes in pieces.
    struct Pieces<'a>(std::slice::Chunks<'a, u8>);

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            self.0.next().map_or(Ok(0), |mut piece| piece.read(into))
        }
    }

    fn all(input: &mut dyn Read) -> Result<Vec<Vec<u8>>, NetworkError> {
        let (mut lines, mut found) = (Lines::new(input), vec![]);
        while let Some((_, line)) = lines.next()? {
            found.push(line.to_vec());
        }
        Ok(found)
    }

    proptest! {
        /// The lines are those of the standard library, however the input is cut into pieces.
        #[test]
        fn lines_of_any_pieces(text in "[a\r\n]{0,60}", size in 1..20usize) {
            let wanted: Vec<Vec<u8>> = text.lines().map(|l| l.as_bytes().to_vec()).collect();
            prop_assert_eq!(all(&mut Pieces(text.as_bytes().chunks(size))), Ok(wanted));
        }
    }

    proptest! {
        /// Fields and their lines are those of the standard library, however the input is cut into pieces.
        #[test]
        fn fields_of_any_pieces(text in "[a,\n]{0,60}", size in 1..20usize) {
            let wanted: Vec<(usize, String, bool)> = text
                .split_inclusive('\n')
                .enumerate()
                .flat_map(|(i, line)| {
                    let fields: Vec<&str> = line.split_inclusive([',', '\n']).collect();
                    fields.into_iter().map(move |f| (i + 1, f.trim_end_matches([',', '\n']).into(), !f.ends_with(',')))
                })
                .collect();
            let mut pieces = Pieces(text.as_bytes().chunks(size));
            let (mut lines, mut found) = (Lines::new(&mut pieces), vec![]);
            while let Some(field) = lines.next_field(b',').expect("short fields") {
                found.push((field.line, String::from_utf8_lossy(field.text).into_owned(), field.last));
            }
            prop_assert_eq!(found, wanted);
        }
    }

    #[test]
    fn a_line_without_end_is_refused() {
        assert_eq!(all(&mut &b"\xef\xbb\xbf1\n2"[..]), Ok(vec![b"1".to_vec(), b"2".to_vec()]));
        let long = all(&mut std::io::repeat(b'1')).expect_err("no line").to_string();
        assert!(long.contains("line 1: a longer line"), "{long}");
        let whole = [vec![b'1'; MAX_LINE_BYTES], b"\n".to_vec()].concat();
        assert_eq!(all(&mut &whole[..]).map(|l| l.len()), Ok(1));
    }
}
