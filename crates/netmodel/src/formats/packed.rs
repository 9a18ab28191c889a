//! Packed inputs: gzip, and zip archives of traces, by their first bytes.
//!
//! ```
//! use netmodel::formats::{self, ReadOptions};
//! use std::io::Write;
//!
//! let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
//! gzip.write_all(b"0\t1.5\n1\t2\n")?;
//! let bytes = gzip.finish()?;
//! assert!(formats::is_packed(&bytes));
//! assert_eq!(formats::read(&bytes[..], None, &ReadOptions::default())?.format, "cooked");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::path::PathBuf;

use super::MAX_INPUT_BYTES;
use super::archive::{gunzip, unzip};
use super::member::{EMPTY_ZIP, GZIP, Member, NESTED, Unpacked, ZIP, is_packed, is_tar};
use crate::NetworkError;

/// The files of an input: of a zip archive its members but hidden ones; of anything else itself, with gzip taken off. A
/// member may be compressed by gzip, too. Files of an archive that belong together become one ([`roles`](super::roles)); what cannot
/// be read beside others is left out, and told.
///
/// # Errors
/// [`NetworkError::Input`] for what is damaged, encrypted, an archive of another kind, empty, an archive in an archive,
/// of more than [`MAX_PARTS`](super::MAX_PARTS) files, or unpacked larger than [`MAX_INPUT_BYTES`] in all.
pub fn unpack(bytes: Vec<u8>) -> Result<Unpacked, NetworkError> {
    let mut left = MAX_INPUT_BYTES;
    if bytes.starts_with(ZIP) || bytes.starts_with(EMPTY_ZIP) {
        return unzip(&bytes, &mut left);
    }
    let bytes = if bytes.starts_with(GZIP) { gunzip(&bytes, &mut left)? } else { bytes };
    if is_packed(&bytes) {
        let found = if is_tar(&bytes) { "a tar archive" } else { NESTED };
        let expected = "a trace, gzip or a zip archive: unpack it and give the folder";
        return Err(NetworkError::input(0, "the input", found, expected));
    }
    Ok(Unpacked { members: vec![Member { path: PathBuf::new(), bytes }], notes: vec![] })
}

#[cfg(all(test, feature = "archives"))]
mod tests {
    use std::io::{Cursor, Write};
    use std::path::Path;

    use super::*;
    use crate::formats::{Content, ReadOptions, read, read_all};

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(bytes).expect("in memory");
        out.finish().expect("in memory")
    }

    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            out.start_file(*name, zip::write::SimpleFileOptions::default()).expect("in memory");
            out.write_all(bytes).expect("in memory");
        }
        out.finish().expect("in memory").into_inner()
    }

    const COOKED: &[u8] = b"0 1\n2 3\n";

    #[test]
    fn gzip_is_taken_off_however_many_members_it_has() {
        let twice = [gzip(b"0 1\n2"), gzip(b" 3\n")].concat();
        for bytes in [gzip(COOKED), twice] {
            let recording = read(&bytes[..], None, &ReadOptions::default()).expect("a trace");
            assert_eq!(recording.trace.mean_rate(), units::BitRate::from_mbps(3.0));
        }
        let cut = gzip(COOKED);
        let error = read(&cut[..cut.len() - 6], None, &ReadOptions::default()).expect_err("cut").to_string();
        assert!(error.contains("compressed and damaged") && !error.contains('\n'), "{error}");
    }

    #[test]
    fn an_archive_is_a_set_in_the_order_of_its_paths() {
        let files: [(&str, &[u8]); 5] = [
            ("logs/b.txt", COOKED),
            ("logs/a.gz", &gzip(b"time_s,rate_mbps\n0,5\n1,\n")),
            (".DS_Store", b"x"),
            ("__MACOSX/logs/b.txt", b"x"),
            ("logs/.hidden", b"x"),
        ];
        let bytes = zip(&files);
        let paths: Vec<PathBuf> =
            unpack(bytes.clone()).expect("a zip").members.into_iter().map(|m| m.path).collect();
        assert_eq!(paths, [Path::new("logs/a.gz"), Path::new("logs/b.txt")]);
        let all = read_all(&bytes[..], None, &ReadOptions::default()).expect("two traces");
        let formats: Vec<(&str, &str)> = all
            .iter()
            .map(|c| match c {
                Content::Trace(r) => (r.trace.name(), r.format),
                Content::Table(t) => (t.name.as_str(), t.format),
            })
            .collect();
        assert_eq!(formats, [("a", "csv"), ("b", "cooked")]);
    }

    #[test]
    fn what_is_wrong_with_an_archive_is_said() {
        let error = |bytes: &[u8]| unpack(bytes.to_vec()).expect_err("wrong").to_string();
        let whole = zip(&[("a", COOKED)]);
        assert!(error(&whole[..whole.len() / 2]).contains("zip and damaged"));
        assert!(error(&zip(&[])).contains("without files"));
        assert!(error(&zip(&[(".a", COOKED)])).contains("without files"));
        let mut tar = vec![0; 600];
        tar[257..262].copy_from_slice(b"ustar");
        assert!(error(&tar).contains("a tar archive"));
        let bad = read_all(&zip(&[("x/a.txt", b"no trace")])[..], None, &ReadOptions::default());
        let bad = bad.expect_err("no trace").to_string();
        assert!(bad.contains("x/a.txt"), "{bad}");
    }

    #[test]
    fn an_archive_in_an_archive_is_left_out_and_told() {
        let error = |bytes: &[u8]| unpack(bytes.to_vec()).expect_err("wrong").to_string();
        let inner = zip(&[("a", COOKED)]);
        for bytes in [gzip(&inner), gzip(&gzip(COOKED)), zip(&[("in.zip", &inner)])] {
            let error = error(&bytes);
            assert!(error.contains("an archive in an archive") && error.contains("unpack it"), "{error}");
        }
        let both = unpack(zip(&[("in.zip", &inner), ("b", COOKED)])).expect("one of two");
        assert_eq!((both.members.len(), both.notes.len()), (1, 1));
        assert!(both.notes[0].contains("in.zip"), "{:?}", both.notes);
    }

    #[test]
    fn a_path_that_leads_out_of_the_archive_is_told() {
        let both =
            unpack(zip(&[("../../evil.cooked", COOKED), ("good.cooked", COOKED)])).expect("one of two");
        assert_eq!(both.members[0].path, Path::new("good.cooked"));
        assert!(both.notes[0].contains("`../../evil.cooked` is left out"), "{:?}", both.notes);
        let alone = unpack(zip(&[("../evil", COOKED)])).expect_err("nothing in it").to_string();
        assert!(alone.contains("../evil"), "{alone}");
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let mut left = 1000;
        let bomb = gzip(&vec![b'0'; 1_000_000]);
        assert!(gunzip(&bomb, &mut left).is_err());
        assert_eq!(left, 1000);
    }
}
