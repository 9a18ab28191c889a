//! Named bitrate ladders.
//!
//! | name | rungs | source |
//! |---|---|---|
//! | `pensieve` | 6, 300 to 4300 kbit/s, 240p to 1440p | Mao et al., SIGCOMM 2017, section 5.1 |
//! | `hls` | 9, 145 to 7800 kbit/s, H.264 | the bitrates and sizes of the 16:9 H.264 table in Apple's *HLS Authoring Specification* |
//! | `mobile` | 5, 150 to 1500 kbit/s | this project: a low ladder for slow links |
//! | `4k` | 6, 1 to 35 Mbit/s, up to 2160p | this project, spanning the range of Sabre's 4K example |

use units::BitRate;

use crate::{Ladder, MediaError, Rung};

/// Pensieve's bitrates in kbit/s.
pub const PENSIEVE_KBPS: [f64; 6] = [300.0, 750.0, 1200.0, 1850.0, 2850.0, 4300.0];

/// A row of a named ladder: kbit/s, width, height, frames per second, codec.
type Row = (f64, u32, u32, Option<f64>, Option<&'static str>);

/// The registry: name, one line about it, rungs.
static LADDERS: [(&str, &str, &[Row]); 4] = [
    (
        "pensieve",
        "six rungs, 300 to 4300 kbit/s, 240p to 1440p",
        &[
            (300.0, 426, 240, None, None),
            (750.0, 640, 360, None, None),
            (1200.0, 854, 480, None, None),
            (1850.0, 1280, 720, None, None),
            (2850.0, 1920, 1080, None, None),
            (4300.0, 2560, 1440, None, None),
        ],
    ),
    (
        "hls",
        "nine H.264 rungs, 145 to 7800 kbit/s, 234p to 1080p",
        &[
            (145.0, 416, 234, Some(30.0), Some("h264")),
            (365.0, 640, 360, Some(30.0), Some("h264")),
            (730.0, 768, 432, Some(30.0), Some("h264")),
            (1100.0, 768, 432, Some(30.0), Some("h264")),
            (2000.0, 960, 540, Some(30.0), Some("h264")),
            (3000.0, 1280, 720, Some(30.0), Some("h264")),
            (4500.0, 1280, 720, Some(30.0), Some("h264")),
            (6000.0, 1920, 1080, Some(30.0), Some("h264")),
            (7800.0, 1920, 1080, Some(30.0), Some("h264")),
        ],
    ),
    (
        "mobile",
        "five rungs for slow links, 150 to 1500 kbit/s, 180p to 540p",
        &[
            (150.0, 320, 180, None, None),
            (300.0, 426, 240, None, None),
            (500.0, 640, 360, None, None),
            (900.0, 854, 480, None, None),
            (1500.0, 960, 540, None, None),
        ],
    ),
    (
        "4k",
        "six rungs, 1 to 35 Mbit/s, 480p to 2160p",
        &[
            (1000.0, 854, 480, None, None),
            (2500.0, 1280, 720, None, None),
            (5000.0, 1920, 1080, None, None),
            (9000.0, 2560, 1440, None, None),
            (18_000.0, 3840, 2160, None, None),
            (35_000.0, 3840, 2160, None, None),
        ],
    ),
];

/// The names of the ladders, each with one line about it.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
    LADDERS.iter().map(|(name, about, _)| (*name, *about))
}

/// The ladder of a name, or of bitrates in kbit/s separated by `/` (`300/750/1200`).
///
/// # Errors
/// [`MediaError::Spec`] for an unknown name, which names the nearest; [`MediaError`] for bitrates that are no ladder.
pub fn parse(text: &str) -> Result<Ladder, MediaError> {
    let text = text.trim();
    if let Some((_, _, rows)) = LADDERS.iter().find(|(name, _, _)| *name == text) {
        let rung = |&(kbps, width, height, fps, codec): &Row| Rung {
            bitrate: BitRate::from_kbps(kbps),
            resolution: Some((width, height)),
            fps,
            codec: codec.map(str::to_string),
        };
        return Ladder::new(rows.iter().map(rung).collect());
    }
    match text.split('/').map(|k| k.trim().parse::<f64>().ok()).collect::<Option<Vec<f64>>>() {
        Some(kbps) => Ladder::from_kbps(&kbps),
        None => Err(MediaError::Spec(spec::SpecError::UnknownName {
            what: "ladder",
            name: text.to_string(),
            nearest: spec::nearest(text, all().map(|(name, _)| name)).map(str::to_string),
            known: all()
                .map(|(name, _)| name)
                .chain(["bitrates in kbit/s like 300/750/1200"])
                .collect::<Vec<_>>()
                .join(", "),
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_ladder_is_one() {
        for (name, _) in all() {
            let ladder = parse(name).expect("valid");
            assert!(ladder.len() >= 5, "{name}");
        }
        assert_eq!(parse("100/200").expect("valid").len(), 2);
        assert!(parse("pensive").expect_err("a slip").to_string().contains("did you mean 'pensieve'"));
        assert!(parse("200/100").is_err());
        assert!(parse("").is_err());
    }
}
