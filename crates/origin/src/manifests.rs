//! Manifests of a synthetic video: DASH (ISO/IEC 23009-1) and HLS (RFC 8216).
//!
//! | path | |
//! |---|---|
//! | `/manifest.mpd` | static, or dynamic for a live stream |
//! | `/master.m3u8`, `/r{level}.m3u8` | multivariant and media playlists |
//! | `/init.mp4` | one initialization segment for all rungs |
//! | `/s/{level}/{index}.m4s` | segments, counted from 0 |
//!
//! Forms that dash.js 5.2.1, hls.js 1.7.4 and Shaka Player 5.2.12 play. All rungs have one resolution, that of the picture.

use std::fmt::Write;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use units::Seconds;

use crate::content::Synthetic;
use crate::fmp4::{CODEC, FRAME_COUNT, RESOLUTION};

/// The media type of playlists.
pub(crate) const HLS: &str = "application/vnd.apple.mpegurl";

/// How far back a live manifest reaches.
const WINDOW: Seconds = Seconds::new(60.0);

/// When an origin was started: the date of time 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begun(SystemTime);

impl Begun {
    #[allow(clippy::disallowed_methods, reason = "a live manifest says when the stream began")]
    pub(crate) fn now() -> Begun {
        Begun(SystemTime::now())
    }

    /// The date `time` after it (ISO 8601, UTC).
    pub(crate) fn date(self, time: Seconds) -> String {
        date(self.0 + Duration::from_secs_f64(time.max(Seconds::ZERO).get()))
    }

    /// The date and time of day `time` after it, as SQLite writes them.
    pub(crate) fn stamp(self, time: Seconds) -> String {
        self.date(time)[..19].replace('T', " ")
    }
}

/// The media presentation description.
pub(crate) fn mpd(content: &Synthetic, now: Seconds, begun: Begun) -> String {
    let video = content.video();
    let longest = video.longest_segment();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = write!(
        out,
        "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" profiles=\"urn:mpeg:dash:profile:isoff-live:2011\" \
         minBufferTime=\"PT{}S\" mediaPresentationDuration=\"PT{}S\" maxSegmentDuration=\"PT{}S\"",
        trim(longest),
        trim(video.total_duration()),
        trim(longest)
    );
    match content.live() {
        None => out.push_str(" type=\"static\">\n"),
        Some(_) => {
            let _ = writeln!(
                out,
                " type=\"dynamic\" availabilityStartTime=\"{}\" publishTime=\"{}\" \
                 minimumUpdatePeriod=\"PT{}S\" timeShiftBufferDepth=\"PT{}S\" suggestedPresentationDelay=\"PT{}S\">",
                begun.date(content.appears(0) - first_chunk(content)),
                begun.date(now),
                trim(longest),
                trim(WINDOW),
                trim(longest * 2.0),
            );
            let _ = writeln!(
                out,
                "  <UTCTiming schemeIdUri=\"urn:mpeg:dash:utc:direct:2014\" value=\"{}\"/>",
                begun.date(now)
            );
        }
    }
    out.push_str(
        "  <Period id=\"0\" start=\"PT0S\">\n    <AdaptationSet contentType=\"video\" mimeType=\"video/mp4\" \
         segmentAlignment=\"true\" startWithSAP=\"1\">\n",
    );
    let offset = match content.live() {
        Some(chunks) if chunks > 1 => format!(
            " availabilityTimeOffset=\"{}\" availabilityTimeComplete=\"false\"",
            trim(video.duration(0) * ((chunks - 1) as f64 / chunks as f64))
        ),
        _ => String::new(),
    };
    let _ = write!(
        out,
        "      <SegmentTemplate timescale=\"{}\" startNumber=\"0\" initialization=\"init.mp4\" \
         media=\"s/$RepresentationID$/$Number$.m4s\"{offset}",
        content.timescale()
    );
    let length = |k| content.units(video.start(k + 1)) - content.units(video.start(k));
    let all = video.segments();
    let equal = (0..all).take_while(|k| length(*k) == length(0)).count();
    if equal == all || (equal + 1 == all && length(all - 1) < length(0)) {
        let _ = writeln!(out, " duration=\"{}\"/>", length(0));
    } else {
        out.push_str(">\n        <SegmentTimeline>\n");
        let mut k = 0;
        while k < all {
            let run = (k..all).take_while(|i| length(*i) == length(k)).count();
            let start = if k == 0 { " t=\"0\"" } else { "" };
            let _ = writeln!(out, "          <S{start} d=\"{}\" r=\"{}\"/>", length(k), run - 1);
            k += run;
        }
        out.push_str("        </SegmentTimeline>\n      </SegmentTemplate>\n");
    }
    for (level, rate) in video.ladder().bitrates().iter().enumerate() {
        let _ = writeln!(
            out,
            "      <Representation id=\"{level}\" bandwidth=\"{:.0}\" codecs=\"{CODEC}\" width=\"{}\" height=\"{}\" \
             frameRate=\"{}\"/>",
            rate.kbps() * 1000.0,
            RESOLUTION.0,
            RESOLUTION.1,
            frame_rate(content)
        );
    }
    out.push_str("    </AdaptationSet>\n  </Period>\n</MPD>\n");
    out
}

/// The multivariant playlist.
pub(crate) fn master(content: &Synthetic) -> String {
    let mut out = String::from("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    for (level, rate) in content.video().ladder().bitrates().iter().enumerate() {
        let rate = rate.kbps() * 1000.0;
        let _ = writeln!(
            out,
            "#EXT-X-STREAM-INF:BANDWIDTH={rate:.0},AVERAGE-BANDWIDTH={rate:.0},CODECS=\"{CODEC}\",\
             RESOLUTION={}x{},FRAME-RATE={:.3}\nr{level}.m3u8",
            RESOLUTION.0,
            RESOLUTION.1,
            frame_rate(content)
        );
    }
    out
}

/// The media playlist of a level: of a live stream, what is complete, as far back as the window.
pub(crate) fn playlist(content: &Synthetic, level: usize, now: Seconds) -> String {
    let video = content.video();
    let all = video.segments();
    let (first, end) = match content.live() {
        None => (0, all),
        Some(_) => {
            let end = (0..all).take_while(|k| video.available_at(*k) <= now).count();
            let reaches = |k: &usize| video.start(end) - video.start(*k) <= WINDOW;
            ((0..end).find(reaches).unwrap_or(0), end)
        }
    };
    let mut out = String::from("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    let _ = writeln!(out, "#EXT-X-TARGETDURATION:{:.0}", video.longest_segment().get().ceil().max(1.0));
    if content.live().is_none() {
        out.push_str("#EXT-X-PLAYLIST-TYPE:VOD\n");
    }
    let _ = writeln!(out, "#EXT-X-MEDIA-SEQUENCE:{first}\n#EXT-X-MAP:URI=\"init.mp4\"");
    for k in first..end {
        let _ = writeln!(out, "#EXTINF:{},\ns/{level}/{k}.m4s", trim(video.duration(k)));
    }
    if end == all {
        out.push_str("#EXT-X-ENDLIST\n");
    }
    out
}

/// From the beginning of the first segment until its first chunk is complete.
fn first_chunk(content: &Synthetic) -> Seconds {
    content.video().duration(0) * (1.0 / content.live().unwrap_or(1) as f64)
}

fn frame_rate(content: &Synthetic) -> f64 {
    let rate = FRAME_COUNT as f64 / content.video().duration(0).get();
    (rate * 1000.0).round() / 1000.0
}

/// Seconds with as many digits as they need, at most six.
fn trim(time: Seconds) -> String {
    let text = format!("{:.6}", time.get());
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// A date as ISO 8601 with milliseconds, UTC.
fn date(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    // Days to year, month and day, counted from 1 March of year 0, when leap days are last in their year (H. Hinnant,
    // "chrono-compatible low-level date algorithms", days_to_civil).
    let z = days + 719_468;
    let (era, day) = (z / 146_097, z % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let in_year = day - (365 * year + year / 4 - year / 100);
    let shifted = (5 * in_year + 2) / 153;
    let d = in_year - (153 * shifted + 2) / 5 + 1;
    let m = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let y = era * 400 + year + u64::from(m <= 2);
    let (h, min, s) = (second / 3600, second / 60 % 60, second % 60);
    format!("{y:04}-{m:02}-{d:02}T{h:02}:{min:02}:{s:02}.{:03}Z", since.subsec_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        // From `date -u -d @N +%FT%T`.
        for (unix, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199, "2024-02-29T23:59:59.000Z"),
            (1_709_251_200, "2024-03-01T00:00:00.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
            (1_798_761_599, "2026-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(date(UNIX_EPOCH + Duration::from_secs(unix)), text);
        }
    }
}
