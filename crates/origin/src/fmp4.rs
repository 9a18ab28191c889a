//! Playable fragmented MP4 of any wanted size, without an encoder.
//!
//! The picture is a template of 1.1 kB: 20 frames of grey, 64x36, H.264 constrained baseline, one IDR, no B frames, made once by
//!
//! ```text
//! ffmpeg -f lavfi -i color=c=gray:s=64x36:r=5:d=4 -c:v libx264 -profile:v baseline -level 3.0 -preset veryslow -crf 40 \
//!   -g 1000 -keyint_min 1000 -sc_threshold 0 -pix_fmt yuv420p -x264-params no-info=1:bframes=0 \
//!   -bsf:v filter_units=remove_types=6 -video_track_timescale 1000 \
//!   -movflags +frag_keyframe+empty_moov+default_base_moof+omit_tfhd_offset template.mp4
//! ```
//!
//! A segment is `moof` + `mdat` (ISO/IEC 14496-12) with its own number, decode time and frame duration, and a `free` box that pads
//! it to the size that is wanted. Demuxers drop `free`, so a buffer of hours costs a player little memory. A segment can be cut
//! into chunks (CMAF, ISO/IEC 23000-19): a `moof` + `mdat` + `free` for a part of its frames each.
//!
//! Which frames a chunk has and how large it is depends on the segment alone, so any byte range of a segment is cheap to make.

use bytes::{BufMut, Bytes, BytesMut};

use crate::payload::{Payload, Piece};

/// `ftyp` and `moov`, then the frames of one segment as `moof` and `mdat`.
static TEMPLATE: &[u8] = include_bytes!("../template/tiny.mp4");
/// Where the initialization segment ends.
const INIT: usize = 677;
/// Where `mdhd` has its timescale.
const TIMESCALE_AT: usize = 0x110;
/// Where the frames begin: behind the headers of `moof` and `mdat`.
const FRAMES_AT: usize = INIT + 184 + 8;
/// The bytes of each frame, from the `trun` of the template.
const FRAMES: [u32; 20] = [20, 10, 10, 10, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 10, 10, 10, 10];
/// `sample_is_non_sync_sample`, depends on others: every frame but the first.
const DEPENDS: u32 = 0x0101_0000;
/// Depends on no other.
const INDEPENDENT: u32 = 0x0200_0000;
pub(crate) const BOX: u64 = 8;

/// How many frames a segment has.
pub(crate) const FRAME_COUNT: usize = FRAMES.len();
/// The codec as manifests name it.
pub(crate) const CODEC: &str = "avc1.42C01E";
/// Width and height in pixels.
pub(crate) const RESOLUTION: (u32, u32) = (64, 36);

/// The initialization segment, the same for all rungs.
pub(crate) fn init(timescale: u32) -> Bytes {
    let mut init = BytesMut::from(&TEMPLATE[..INIT]);
    init[TIMESCALE_AT..TIMESCALE_AT + 4].copy_from_slice(&timescale.to_be_bytes());
    init.freeze()
}

/// When a segment plays, in units of the timescale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timing {
    /// Its first frame.
    pub(crate) start: u64,
    /// How long each of its frames is shown.
    pub(crate) frame: u32,
}

/// The fewest bytes that so many chunks need.
pub(crate) fn least(chunks: usize) -> u64 {
    (0..chunks).map(|k| head_len(frames_of(k, chunks)) + BOX).sum()
}

/// A segment of exactly `size` bytes, or of as many as it needs at least; cut into chunks of equal size, as far as that goes.
/// What comes back with it is where each chunk ends.
pub(crate) fn segment(index: usize, timing: Timing, size: u64, chunks: usize) -> (Payload, Vec<u64>) {
    let (pieces, ends): (Vec<[Piece; 2]>, Vec<u64>) = cut(index, timing, size, chunks).into_iter().unzip();
    (Payload::new(pieces.into_flattened()), ends)
}

/// One of these chunks, if there are so many.
pub(crate) fn chunk(index: usize, timing: Timing, size: u64, chunks: usize, which: usize) -> Option<Payload> {
    let (pieces, _) = cut(index, timing, size, chunks).into_iter().nth(which)?;
    Some(Payload::new(pieces.into()))
}

/// The chunks of a segment, and where each ends in it.
fn cut(index: usize, timing: Timing, size: u64, chunks: usize) -> Vec<([Piece; 2], u64)> {
    let chunks = chunks.clamp(1, FRAME_COUNT);
    let size = size.max(least(chunks));
    let (mut cut, mut at) = (Vec::with_capacity(chunks), 0);
    let mut needed = least(chunks);
    for k in 0..chunks {
        let frames = frames_of(k, chunks);
        let own = head_len(frames.clone()) + BOX;
        needed -= own;
        let even = (size as u128 * (k as u128 + 1) / chunks as u128) as u64;
        // At least what it needs, and no more than leaves the others what they need.
        let end = if k + 1 == chunks { size } else { even.clamp(at + own, size - needed) };
        let padding = end - at - own;
        let head = head(&fragment(index, timing, frames), padding);
        cut.push(([Piece::Bytes(head), Piece::Zeros(padding)], end));
        at = end;
    }
    cut
}

/// These frames of the template.
fn fragment(index: usize, timing: Timing, frames: std::ops::Range<usize>) -> Fragment<'static> {
    let bytes = |frames: &[u32]| frames.iter().sum::<u32>() as usize;
    let from = FRAMES_AT + bytes(&FRAMES[..frames.start]);
    Fragment {
        index,
        start: timing.start + u64::from(timing.frame) * frames.start as u64,
        frame: timing.frame,
        sizes: &FRAMES[frames.clone()],
        data: &TEMPLATE[from..from + bytes(&FRAMES[frames.clone()])],
        first: if frames.start == 0 { INDEPENDENT } else { DEPENDS },
        others: DEPENDS,
    }
}

pub(crate) fn frames_of(k: usize, chunks: usize) -> std::ops::Range<usize> {
    k * FRAME_COUNT / chunks..(k + 1) * FRAME_COUNT / chunks
}

/// `moof` and `mdat` of these frames.
fn head_len(frames: std::ops::Range<usize>) -> u64 {
    let data: u32 = FRAMES[frames.clone()].iter().sum();
    moof_len(frames.len()) as u64 + BOX + u64::from(data)
}

fn moof_len(frames: usize) -> usize {
    8 + 16 + 8 + 28 + 20 + trun_len(frames)
}

fn trun_len(frames: usize) -> usize {
    24 + 4 * frames
}

/// A `moof` and its `mdat`.
pub(crate) struct Fragment<'a> {
    /// The number of its segment.
    pub(crate) index: usize,
    /// When its first frame is due, and how long each lasts, in units of the timescale.
    pub(crate) start: u64,
    pub(crate) frame: u32,
    /// The bytes of each frame, and all of them.
    pub(crate) sizes: &'a [u32],
    pub(crate) data: &'a [u8],
    /// The flags of the first frame, and of the others.
    pub(crate) first: u32,
    pub(crate) others: u32,
}

impl Fragment<'_> {
    /// How many bytes it has.
    pub(crate) fn len(&self) -> u64 {
        moof_len(self.sizes.len()) as u64 + BOX + self.data.len() as u64
    }
}

/// `moof` and `mdat` of a fragment, and the header of a `free` box with so much padding behind it.
pub(crate) fn head(fragment: &Fragment<'_>, padding: u64) -> Bytes {
    let Fragment { index, start, frame, sizes, data, first, others } = *fragment;
    let moof = moof_len(sizes.len()) as u32;
    let mut b = BytesMut::with_capacity(moof as usize + data.len() + 32);
    let open = |b: &mut BytesMut, size: u32, name: &[u8; 4]| {
        b.put_u32(size);
        b.put_slice(name);
    };
    open(&mut b, moof, b"moof");
    open(&mut b, 16, b"mfhd");
    b.put_u32(0);
    b.put_u32(index as u32 + 1);
    open(&mut b, moof - 24, b"traf");
    // Default-base-is-moof; a default duration, size and flags follow.
    open(&mut b, 28, b"tfhd");
    b.put_u32(0x0002_0038);
    b.put_u32(1);
    b.put_u32(frame);
    b.put_u32(sizes[0]);
    b.put_u32(others);
    open(&mut b, 20, b"tfdt");
    b.put_u32(0x0100_0000);
    b.put_u64(start);
    // With a data offset, the flags of the first frame, and a size for each.
    open(&mut b, trun_len(sizes.len()) as u32, b"trun");
    b.put_u32(0x205);
    b.put_u32(sizes.len() as u32);
    b.put_u32(moof + 8);
    b.put_u32(first);
    sizes.iter().for_each(|s| b.put_u32(*s));
    open(&mut b, data.len() as u32 + 8, b"mdat");
    b.put_slice(data);
    match u32::try_from(padding + BOX) {
        Ok(size) => open(&mut b, size, b"free"),
        // To the end of the file: no segment of this length is real, but it stays a valid one.
        Err(_) => open(&mut b, 0, b"free"),
    }
    b.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(payload: &Payload) -> Vec<u8> {
        let (mut all, mut at) = (Vec::new(), 0);
        while at < payload.len() {
            let part = payload.read(at, payload.len()).expect("in memory");
            at += part.len() as u64;
            all.extend_from_slice(&part);
        }
        all
    }

    fn boxes(data: &[u8]) -> Vec<(String, usize)> {
        let (mut found, mut at) = (Vec::new(), 0);
        while at < data.len() {
            let size = u32::from_be_bytes(data[at..at + 4].try_into().expect("four")) as usize;
            found.push((String::from_utf8_lossy(&data[at + 4..at + 8]).into_owned(), size));
            at += size;
        }
        assert_eq!(at, data.len(), "the boxes fill the bytes");
        found
    }

    #[test]
    fn a_whole_segment_is_the_template_with_three_fields_set() {
        let (payload, ends) = segment(6, Timing { start: 24_000, frame: 200 }, 5000, 1);
        let made = bytes(&payload);
        assert_eq!((made.len(), ends), (5000, vec![5000]));
        let mut expected = TEMPLATE[INIT..].to_vec();
        expected[20..24].copy_from_slice(&7u32.to_be_bytes());
        expected[48..52].copy_from_slice(&200u32.to_be_bytes());
        expected[72..80].copy_from_slice(&24_000u64.to_be_bytes());
        assert_eq!(made[..414], expected);
        assert_eq!(boxes(&made)[2], ("free".to_string(), 5000 - 414));
        assert_eq!(init(1000), TEMPLATE[..INIT]);
        assert_eq!(&TEMPLATE[TIMESCALE_AT - 16..TIMESCALE_AT - 12], b"mdhd");
    }

    #[test]
    fn chunks_hold_all_frames_in_order_and_the_size_is_exact() {
        for chunks in [1, 3, 4, 7, 20] {
            for size in [0, 800, 2500, 100_001] {
                let timing = Timing { start: 1 << 33, frame: 100 };
                let (payload, ends) = segment(0, timing, size, chunks);
                let made = bytes(&payload);
                assert_eq!(made.len() as u64, size.max(least(chunks)), "{chunks} chunks of {size}");
                assert_eq!(ends.last(), Some(&(made.len() as u64)));
                assert!(ends.windows(2).all(|w| w[0] < w[1]));
                let mut frames = Vec::new();
                let mut at = 0;
                for (k, end) in ends.into_iter().enumerate() {
                    let chunk = &made[at..end as usize];
                    let alone = super::chunk(0, timing, size, chunks, k).expect("one of them");
                    assert!(bytes(&alone) == chunk, "chunk {k} of {chunks}");
                    let found = boxes(chunk);
                    let names: Vec<&str> = found.iter().map(|b| b.0.as_str()).collect();
                    assert_eq!(names, ["moof", "mdat", "free"]);
                    frames.extend_from_slice(&chunk[found[0].1 + 8..found[0].1 + found[1].1]);
                    at = end as usize;
                }
                assert_eq!(frames, TEMPLATE[FRAMES_AT..]);
            }
        }
    }
}
