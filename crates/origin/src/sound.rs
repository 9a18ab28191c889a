//! Silence as playable fragmented MP4: AAC-LC, mono, 48 kHz, in segments of any wanted size.
//!
//! Every frame is the same: a `raw_data_block` (ISO/IEC 14496-3, 4.4.2.1) of one channel element without spectral data. As the picture's
//! segments, those of the sound are padded by a `free` box (`fmp4`). A segment has the frames that begin in it, so that its boundaries
//! are those of the picture but for the length of a frame.

use bytes::Bytes;
use media::Video;

use crate::fmp4::{BOX, Fragment, head};
use crate::payload::{Payload, Piece};

/// Samples per second, and units of media time.
pub(crate) const RATE: u32 = 48_000;
/// Samples of a frame.
const FRAME: u32 = 1024;
/// A frame of silence.
const SILENCE: [u8; 6] = [0x00, 0xc8, 0x00, 0x80, 0x23, 0x80];
/// `AudioSpecificConfig`: AAC-LC, 48 kHz, one channel, frames of 1024 samples (ISO/IEC 14496-3, 1.6.2.1).
const CONFIG: [u8; 2] = [0x11, 0x88];
/// The codec as manifests name it.
pub(crate) const CODEC: &str = "mp4a.40.2";
/// Depends on no other.
const INDEPENDENT: u32 = 0x0200_0000;

pub(crate) fn init() -> Bytes {
    let ftyp = [b"iso6".to_vec(), u32s(&[512]), b"iso6mp41".to_vec()].concat();
    let matrix = u32s(&[0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000]);
    let mvhd = [
        zeros(12),
        u32s(&[RATE, 0, 0x0001_0000, 0x0100_0000]),
        zeros(8),
        matrix.clone(),
        zeros(24),
        u32s(&[2]),
    ];
    let tkhd = [u32s(&[3, 0, 0, 1, 0, 0, 0, 0, 0, 0x0100_0000]), matrix, zeros(8)];
    // The language is undetermined: `und`.
    let mdhd = [zeros(12), u32s(&[RATE, 0, 0x55c4_0000])];
    let hdlr = [zeros(8), b"soun".to_vec(), zeros(12), b"silence\0".to_vec()];
    // One channel of 16 bits.
    let entry = [zeros(6), vec![0, 1], zeros(8), u32s(&[0x0001_0010, 0, RATE << 16]), esds()];
    let stsd = [u32s(&[0, 1]), boxed(b"mp4a", &entry)];
    let empty = |name| boxed(name, &[zeros(8)]);
    let tables =
        [boxed(b"stsd", &stsd), empty(b"stts"), empty(b"stsc"), boxed(b"stsz", &[zeros(12)]), empty(b"stco")];
    let dref = [u32s(&[0, 1]), boxed(b"url ", &[u32s(&[1])])];
    let minf = [empty(b"smhd"), boxed(b"dinf", &[boxed(b"dref", &dref)]), boxed(b"stbl", &tables)];
    let mdia = [boxed(b"mdhd", &mdhd), boxed(b"hdlr", &hdlr), boxed(b"minf", &minf)];
    let trak = boxed(b"trak", &[boxed(b"tkhd", &tkhd), boxed(b"mdia", &mdia)]);
    let mvex = boxed(b"mvex", &[boxed(b"trex", &[u32s(&[0, 1, 1, 0, 0, 0])])]);
    let moov = boxed(b"moov", &[boxed(b"mvhd", &mvhd), trak, mvex]);
    [boxed(b"ftyp", &[ftyp]), moov].concat().into()
}

/// The decoder's configuration (ISO/IEC 14496-1, 7.2.6.5): an elementary stream of MPEG-4 audio.
fn esds() -> Vec<u8> {
    let tagged = |tag: u8, inside: Vec<u8>| [vec![tag, inside.len() as u8], inside].concat();
    let decoder = [vec![0x40, 0x15], zeros(11), tagged(0x05, CONFIG.to_vec())].concat();
    let stream = [vec![0, 1, 0], tagged(0x04, decoder), tagged(0x06, vec![2])].concat();
    boxed(b"esds", &[zeros(4), tagged(0x03, stream)])
}

fn zeros(count: usize) -> Vec<u8> {
    vec![0; count]
}

fn u32s(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_be_bytes()).collect()
}

fn boxed(name: &[u8; 4], parts: &[Vec<u8>]) -> Vec<u8> {
    let inside = parts.concat();
    [u32s(&[inside.len() as u32 + 8]), name.to_vec(), inside].concat()
}

/// A segment of the sound, of exactly the size of its table, or as large as it must be.
pub(crate) fn segment(sound: &Video, index: usize) -> Payload {
    let first_of = |k: usize| (sound.start(k).get() * f64::from(RATE) / f64::from(FRAME)).round() as u64;
    let first = first_of(index);
    let count = (first_of(index + 1) - first).max(1) as usize;
    let (sizes, data) = (vec![SILENCE.len() as u32; count], SILENCE.repeat(count));
    let fragment = Fragment {
        index,
        start: first * u64::from(FRAME),
        frame: FRAME,
        sizes: &sizes,
        data: &data,
        first: INDEPENDENT,
        others: INDEPENDENT,
    };
    let wanted = sound.size(index, sound.ladder().top()).bytes().ceil() as u64;
    let padding = wanted.saturating_sub(fragment.len() + BOX);
    Payload::new(vec![Piece::Bytes(head(&fragment, padding)), Piece::Zeros(padding)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use media::Ladder;
    use units::Seconds;

    /// Names and sizes of nested boxes, in order, of those that hold boxes.
    fn walk(bytes: &[u8], path: &str, found: &mut Vec<String>) {
        let mut at = 0;
        while at < bytes.len() {
            let size = u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four")) as usize;
            let name = String::from_utf8_lossy(&bytes[at + 4..at + 8]).into_owned();
            let inside = &bytes[at + 8..at + size];
            found.push(format!("{path}{name}"));
            match name.as_str() {
                "moov" | "trak" | "mdia" | "minf" | "dinf" | "stbl" | "mvex" | "moof" | "traf" => {
                    walk(inside, &format!("{path}{name}/"), found);
                }
                "stsd" | "dref" => walk(&inside[8..], &format!("{path}{name}/"), found),
                // Behind the fields of an audio sample entry.
                "mp4a" => walk(&inside[28..], &format!("{path}{name}/"), found),
                _ => {}
            }
            at += size;
        }
        assert_eq!(at, bytes.len(), "{path}: the boxes fill the bytes");
    }

    #[test]
    fn boxes_are_nested_as_the_standard_says() {
        let mut found = Vec::new();
        walk(&init(), "", &mut found);
        let stbl = "moov/trak/mdia/minf/stbl/";
        for name in ["ftyp", "moov/mvhd", "moov/mvex/trex", "moov/trak/tkhd", "moov/trak/mdia/mdhd"] {
            assert!(found.contains(&name.to_string()), "{found:?}");
        }
        assert!(found.contains(&format!("{stbl}stsd/mp4a/esds")), "{found:?}");
        // Full boxes of version 0 have these sizes (ISO/IEC 14496-12, 8.2.2, 8.3.2, 8.4.2).
        let init = init();
        let size_of = |name: &[u8; 4]| {
            let at = init.windows(4).position(|w| w == name).expect("there") - 4;
            u32::from_be_bytes(init[at..at + 4].try_into().expect("four"))
        };
        assert_eq!(
            (size_of(b"mvhd"), size_of(b"tkhd"), size_of(b"mdhd"), size_of(b"trex")),
            (108, 92, 32, 32)
        );
    }

    #[test]
    fn segments_follow_each_other_and_have_their_size() {
        let ladder = Ladder::from_kbps(&[64.0]).expect("a ladder");
        let (segment_s, total) = (Seconds::new(1.5), Seconds::new(4.0));
        let sound = Video::constant_bitrate("sound", ladder, segment_s, total).expect("a sound");
        let mut next = 0;
        for k in 0..3 {
            let payload = segment(&sound, k);
            let bytes = payload.read(0, payload.len()).expect("in memory");
            assert_eq!(payload.len() as f64, sound.size(k, 0).bytes(), "{k}");
            let at = |name: &[u8; 4]| bytes.windows(4).position(|w| w == name).expect("there");
            let tfdt = at(b"tfdt") + 8;
            let start = u64::from_be_bytes(bytes[tfdt..tfdt + 8].try_into().expect("eight"));
            let trun = at(b"trun") + 8;
            let count = u32::from_be_bytes(bytes[trun..trun + 4].try_into().expect("four"));
            assert_eq!(start, next);
            next += u64::from(count * FRAME);
        }
        // Four seconds, to the nearest frame.
        assert!((next as f64 / f64::from(RATE) - 4.0).abs() < 0.011);
        let silent = Ladder::from_kbps(&[0.1]).expect("a ladder");
        let least = Video::constant_bitrate("least", silent, segment_s, total).expect("a sound");
        assert!(segment(&least, 0).len() > 0);
    }
}
