//! Names of codecs (RFC 6381): which are one codec, and which are of pictures.

use spec::{Opt, opt};

/// The option of manifests in which one can be named.
pub(crate) const CODEC: Opt = opt("codec", "auto", "which video codec, e.g. avc1 or hvc1; auto: the first");

/// One name for all packagings of a codec: `avc3` keeps its parameter sets elsewhere than `avc1`, and is H.264 all the same.
pub(crate) fn family(codec: &str) -> String {
    let name = codec.trim().split('.').next().unwrap_or_default().to_ascii_lowercase();
    match name.as_str() {
        "avc1" | "avc2" | "avc3" | "avc4" | "h264" => "avc1",
        "hvc1" | "hev1" | "hvc2" | "hev2" | "hevc" | "h265" => "hvc1",
        "dvh1" | "dvhe" => "dvh1",
        "dva1" | "dvav" => "dva1",
        "vvc1" | "vvi1" => "vvc1",
        "vp08" | "vp8" => "vp08",
        "vp09" | "vp9" => "vp09",
        "av01" | "av1" => "av01",
        other => return other.to_string(),
    }
    .to_string()
}

/// Whether a codec is the one that is asked for, by its whole name, by its beginning or by its family. One that is not told
/// may be any.
pub(crate) fn is_of(codec: &str, wanted: &str) -> bool {
    codec.is_empty()
        || codec.starts_with(wanted)
        || (!wanted.contains('.') && family(codec) == family(wanted))
}

/// The codec of the pictures among those that a manifest lists, separated by commas; empty where it tells of none.
pub(crate) fn of_pictures(codecs: &str) -> &str {
    codecs.split(',').map(str::trim).find(|c| is_of_pictures(c)).unwrap_or_default()
}

/// Whether a codec is one of pictures: neither of sound nor of text.
fn is_of_pictures(codec: &str) -> bool {
    const OTHERS: [&str; 15] = [
        "mp4a", "ac-3", "ec-3", "ac-4", "opus", "flac", "alac", "mp3", "vorbis", "dtsc", "dtse", "dtsx",
        "mhm1", "stpp", "wvtt",
    ];
    let name = codec.to_ascii_lowercase();
    !name.is_empty() && !OTHERS.iter().any(|s| name.starts_with(s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packagings_are_one_codec() {
        assert!(is_of("avc3.4d401f", "avc1") && is_of("hev1.1.6.L93", "hvc1") && is_of("", "av01"));
        assert!(!is_of("hvc1.1.6.L93", "avc1") && !is_of("hvc1.1.6.L93", "hvc1.2"));
        assert_eq!(of_pictures("mp4a.40.2, avc1.4d401f"), "avc1.4d401f");
        assert_eq!(of_pictures("mp4a.40.2"), "");
    }
}
