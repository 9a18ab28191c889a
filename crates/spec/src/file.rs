//! Files that a user names, in bounded memory: a device or a pipe may have no end.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::utf8;

/// The most bytes of a file that is read whole.
pub const MOST_BYTES: u64 = 256 << 20;

/// All of a file of at most [`MOST_BYTES`].
///
/// # Errors
/// Those of the file system; and for a larger file, without its name.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > MOST_BYTES {
        true => Err(io::Error::other(format!("larger than {MOST_BYTES} bytes"))),
        false => Ok(bytes),
    }
}

/// The text of such a file, in UTF-8 or UTF-16, without a byte order mark.
///
/// # Errors
/// As [`read`]; and for what is no text.
pub fn text(path: &Path) -> io::Result<String> {
    String::from_utf8(utf8(read(path)?))
        .map_err(|e| io::Error::other(format!("no text ({})", e.utf8_error())))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_end_is_refused() {
        let error = text(Path::new("/dev/zero")).expect_err("no end").to_string();
        assert_eq!(error, "larger than 268435456 bytes");
        assert_eq!(text(Path::new("/dev/null")).expect("empty"), "");
    }
}
