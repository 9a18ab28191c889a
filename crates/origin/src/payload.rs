//! What an answer carries: bytes that exist, or that are made when they are read.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};

/// The most bytes that are handed on at once.
pub(crate) const PART: u64 = 64 << 10;

static ZEROS: [u8; PART as usize] = [0; PART as usize];

/// A stretch of a payload.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Bytes(Bytes),
    /// So many zeros.
    Zeros(u64),
}

impl Piece {
    fn len(&self) -> u64 {
        match self {
            Piece::Bytes(bytes) => bytes.len() as u64,
            Piece::Zeros(count) => *count,
        }
    }
}

/// A sequence of bytes that can be read anywhere. Its memory does not depend on its length.
#[derive(Clone, Debug)]
pub(crate) enum Payload {
    /// Pieces, and where each ends.
    Pieces(Arc<[(Piece, u64)]>),
    /// A file and its length.
    File(Arc<File>, u64),
}

impl Payload {
    pub(crate) fn new(pieces: Vec<Piece>) -> Payload {
        let mut end = 0;
        let ended = |piece: Piece| {
            end += piece.len();
            (piece, end)
        };
        Payload::Pieces(pieces.into_iter().map(ended).collect())
    }

    pub(crate) fn len(&self) -> u64 {
        match self {
            Payload::Pieces(pieces) => pieces.last().map_or(0, |(_, end)| *end),
            Payload::File(_, length) => *length,
        }
    }

    /// The same cut off, or continued by zeros. Of a file at most all of it.
    pub(crate) fn resized(&self, length: u64) -> Payload {
        match self {
            Payload::File(file, whole) => Payload::File(file.clone(), length.min(*whole)),
            Payload::Pieces(pieces) => {
                let mut left = length;
                let mut cut = Vec::new();
                for (piece, _) in pieces.iter() {
                    let keep = piece.len().min(left);
                    left -= keep;
                    cut.push(match piece {
                        Piece::Bytes(bytes) => Piece::Bytes(bytes.slice(..keep as usize)),
                        Piece::Zeros(_) => Piece::Zeros(keep),
                    });
                }
                cut.push(Piece::Zeros(left));
                Payload::new(cut)
            }
        }
    }

    /// Some of the bytes from `at` up to `end`: at least one, unless there are none.
    pub(crate) fn read(&self, at: u64, end: u64) -> io::Result<Bytes> {
        let most = end.min(self.len()).saturating_sub(at).min(PART);
        match self {
            Payload::Pieces(pieces) => {
                let index = pieces.partition_point(|(_, end)| *end <= at);
                let Some((piece, end)) = pieces.get(index) else { return Ok(Bytes::new()) };
                let most = most.min(end - at) as usize;
                Ok(match piece {
                    Piece::Bytes(bytes) => {
                        let from = (at - (end - piece.len())) as usize;
                        bytes.slice(from..from + most)
                    }
                    Piece::Zeros(_) => Bytes::from_static(&ZEROS[..most]),
                })
            }
            // A read of 64 KiB that the system has in its cache nearly always; not worth a thread.
            Payload::File(file, _) => {
                let mut part = BytesMut::zeroed(most as usize);
                let mut file = &**file;
                file.seek(SeekFrom::Start(at))?;
                let read = file.read(&mut part)?;
                if read == 0 && most > 0 {
                    return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file has become shorter"));
                }
                part.truncate(read);
                Ok(part.freeze())
            }
        }
    }
}

impl From<Bytes> for Payload {
    fn from(bytes: Bytes) -> Payload {
        Payload::new(vec![Piece::Bytes(bytes)])
    }
}

impl From<String> for Payload {
    fn from(text: String) -> Payload {
        Payload::from(Bytes::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_cut_and_continued() {
        let payload = Payload::new(vec![Piece::Bytes(Bytes::from_static(b"abc")), Piece::Zeros(4)]);
        for length in [0, 2, 3, 5, 7, 10] {
            let resized = payload.resized(length);
            assert_eq!(resized.len(), length);
            let start = resized.read(0, length).expect("in memory");
            assert!(b"abc".starts_with(&start[..]) || &start[..] == b"abc");
        }
    }

    #[test]
    fn any_range_is_the_same_whatever_it_is_read_in() {
        let payload = Payload::new(vec![
            Piece::Bytes(Bytes::from_static(b"abc")),
            Piece::Zeros(0),
            Piece::Zeros(PART + 5),
            Piece::Bytes(Bytes::from_static(b"xyz")),
        ]);
        let mut whole = b"abc".to_vec();
        whole.resize(3 + PART as usize + 5, 0);
        whole.extend_from_slice(b"xyz");
        assert_eq!(payload.len(), whole.len() as u64);
        for (from, to) in
            [(0, payload.len()), (1, 3), (2, 4), (PART, PART + 11), (payload.len() - 1, u64::MAX)]
        {
            let (mut at, mut read) = (from, Vec::new());
            loop {
                let part = payload.read(at, to).expect("in memory");
                if part.is_empty() {
                    break;
                }
                at += part.len() as u64;
                read.extend_from_slice(&part);
            }
            assert_eq!(read, whole[from as usize..(to as usize).min(whole.len())], "{from}..{to}");
        }
    }
}
