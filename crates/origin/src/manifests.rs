//! Manifests of a synthetic video: DASH (ISO/IEC 23009-1) and HLS (RFC 8216).
//!
//! | path | |
//! |---|---|
//! | `/manifest.mpd` | static, or dynamic for a live stream |
//! | `/master.m3u8`, `/r{level}.m3u8` | multivariant and media playlists |
//! | `/init.mp4` | one initialization segment for all rungs |
//! | `/s/{level}/{index}.m4s` | segments, counted from 0 |
//! | `/s/{level}/{index}.{part}.m4s` | parts of them, where playlists of a live stream list parts |
//! | `/a.m3u8`, `/a/init.mp4`, `/a/{index}.m4s` | the same of the sound, where the video has some |
//!
//! Forms that dash.js 5.2.1, hls.js 1.7.4 and Shaka Player 5.2.12 play. All rungs have one resolution, that of the picture.

use std::fmt::Write;

use media::Video;
use units::Seconds;

use crate::clock::Clock;
use crate::fmp4::{CODEC, FRAME_COUNT, RESOLUTION};
use crate::sound::{self, RATE};
use crate::synthetic::Synthetic;

/// The media presentation description.
pub(crate) fn mpd(content: &Synthetic, now: Seconds, clock: Clock) -> String {
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
                clock.date(begins(content)),
                clock.date(now),
                trim(longest),
                trim(content.window()),
                trim(content.latency()),
            );
            if content.has_target() {
                let target = content.latency().millis();
                let _ = writeln!(
                    out,
                    "  <ServiceDescription id=\"0\"><Latency target=\"{target:.0}\"/></ServiceDescription>"
                );
            }
            let _ = writeln!(
                out,
                "  <UTCTiming schemeIdUri=\"urn:mpeg:dash:utc:direct:2014\" value=\"{}\"/>",
                clock.date(now)
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
    let units = |time| content.units(time);
    template_times(video, units, &mut out);
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
    out.push_str("    </AdaptationSet>\n");
    if let Some(sound) = content.sound() {
        sound_set(sound, &mut out);
    }
    out.push_str("  </Period>\n</MPD>\n");
    out
}

/// What follows the addresses of a template: equal durations, or a timeline.
fn template_times(video: &Video, units: impl Fn(Seconds) -> u64, out: &mut String) {
    let length = |k| units(video.start(k + 1)) - units(video.start(k));
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
}

fn sound_set(sound: &Video, out: &mut String) {
    out.push_str(
        "    <AdaptationSet contentType=\"audio\" mimeType=\"audio/mp4\" lang=\"und\" segmentAlignment=\"true\" \
         startWithSAP=\"1\">\n",
    );
    let _ = write!(
        out,
        "      <SegmentTemplate timescale=\"{RATE}\" startNumber=\"0\" initialization=\"a/init.mp4\" media=\"a/$Number$.m4s\""
    );
    template_times(sound, |time| (time.get() * f64::from(RATE)).round() as u64, out);
    let _ = writeln!(
        out,
        "      <Representation id=\"sound\" bandwidth=\"{:.0}\" codecs=\"{}\" audioSamplingRate=\"{RATE}\"/>\n    \
         </AdaptationSet>",
        sound.ladder().bitrate(sound.ladder().top()).kbps() * 1000.0,
        sound::CODEC
    );
}

/// The multivariant playlist.
pub(crate) fn master(content: &Synthetic) -> String {
    let mut out = String::from("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    let (mut group, mut codecs, mut sound_bps) = (String::new(), CODEC.to_string(), 0.0);
    if let Some(sound) = content.sound() {
        out.push_str(
            "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"sound\",NAME=\"silence\",DEFAULT=YES,AUTOSELECT=YES,URI=\"a.m3u8\"\n",
        );
        (group, codecs) = (",AUDIO=\"sound\"".to_string(), format!("{CODEC},{}", sound::CODEC));
        sound_bps = sound.ladder().bitrate(sound.ladder().top()).kbps() * 1000.0;
    }
    for (level, rate) in content.video().ladder().bitrates().iter().enumerate() {
        // With what is heard beside it.
        let rate = rate.kbps() * 1000.0 + sound_bps;
        let _ = writeln!(
            out,
            "#EXT-X-STREAM-INF:BANDWIDTH={rate:.0},AVERAGE-BANDWIDTH={rate:.0},CODECS=\"{codecs}\",\
             RESOLUTION={}x{},FRAME-RATE={:.3}{group}\nr{level}.m3u8",
            RESOLUTION.0,
            RESOLUTION.1,
            frame_rate(content)
        );
    }
    out
}

/// What has a media playlist.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rendition {
    Level(usize),
    Sound,
}

/// Parts are listed of what lies so many target durations before the end (draft-pantos-hls-rfc8216bis-18, 4.4.4.9).
const PARTS: f64 = 3.0;

/// So many of the longest parts before the end of the list players are told to begin at least (4.4.3.8).
const PART_HOLD_BACK: f64 = 3.0;

/// The media playlist of a rendition: of a live stream, what is complete, as far back as the window.
pub(crate) fn playlist(content: &Synthetic, of: Rendition, now: Seconds, clock: Clock) -> String {
    let (video, folder) = match of {
        Rendition::Level(level) => (content.video(), format!("s/{level}")),
        Rendition::Sound => (content.sound().unwrap_or(content.video()), "a".to_string()),
    };
    let init = if matches!(of, Rendition::Sound) { "a/init.mp4" } else { "init.mp4" };
    let all = video.segments();
    let (first, end) = match content.live() {
        None => (0, all),
        Some(_) => {
            let end = (0..all).take_while(|k| video.available_at(*k) <= now).count();
            let window = content.window();
            let reaches = |k: &usize| video.start(end) - video.start(*k) <= window;
            ((0..end).find(reaches).unwrap_or(0), end)
        }
    };
    let parts = content.part_target();
    let mut out = String::from("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    // Players round durations before they compare them with it, so that it may be rounded likewise.
    let target = video.longest_segment().get().round().max(1.0);
    let _ = writeln!(out, "#EXT-X-TARGETDURATION:{target:.0}");
    match content.live() {
        None => out.push_str("#EXT-X-PLAYLIST-TYPE:VOD\n"),
        Some(_) => {
            let hold_back = content.latency().max(Seconds::new(target * 3.0));
            let control = parts.map_or(String::new(), |part| low_latency(content, part));
            let _ = writeln!(out, "#EXT-X-SERVER-CONTROL:{control}HOLD-BACK={}", trim(hold_back));
        }
    }
    if let Some(part) = parts {
        let _ = writeln!(out, "#EXT-X-PART-INF:PART-TARGET={}", trim(part));
    } else if content.has_target() && end < all {
        let _ = writeln!(out, "#EXT-X-START:TIME-OFFSET=-{}", trim(content.latency()));
    }
    let _ = writeln!(out, "#EXT-X-MEDIA-SEQUENCE:{first}\n#EXT-X-MAP:URI=\"{init}\"");
    if content.live().is_some() && first < end {
        let date = clock.date(begins(content) + video.start(first));
        let _ = writeln!(out, "#EXT-X-PROGRAM-DATE-TIME:{date}");
    }
    for k in first..end {
        if parts.is_some() && video.start(end) - video.start(k) <= Seconds::new(target * PARTS) {
            list_parts(content, &folder, k, content.live().unwrap_or(0), &mut out);
        }
        let _ = writeln!(out, "#EXTINF:{},\n{folder}/{k}.m4s", trim(video.duration(k)));
    }
    if end == all {
        out.push_str("#EXT-X-ENDLIST\n");
    } else if let (Some(_), Rendition::Level(level)) = (parts, of) {
        let (_, there) = content.there(now);
        list_parts(content, &folder, end, there, &mut out);
        // A segment whose last part is here is complete: one more is to come.
        let _ = writeln!(out, "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"{folder}/{end}.{there}.m4s\"");
        let chunks = content.live().unwrap_or(1);
        let (number, part) = if there > 0 { (end, there - 1) } else { (end.saturating_sub(1), chunks - 1) };
        for other in (0..video.ladder().len()).filter(|other| *other != level) {
            let _ = writeln!(
                out,
                "#EXT-X-RENDITION-REPORT:URI=\"r{other}.m3u8\",LAST-MSN={number},LAST-PART={part}"
            );
        }
    }
    out
}

/// What players are told of low latency: reloads wait for the next part, and how far before the end they are to begin.
fn low_latency(content: &Synthetic, part: Seconds) -> String {
    let least = part * PART_HOLD_BACK;
    let hold_back = if content.has_target() { content.latency().max(least) } else { least };
    format!("CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK={},", trim(hold_back))
}

/// The first parts of a segment.
fn list_parts(content: &Synthetic, folder: &str, segment: usize, parts: usize, out: &mut String) {
    for part in 0..parts {
        let duration = trim(content.part_duration(segment, part));
        let begins = if part == 0 { ",INDEPENDENT=YES" } else { "" };
        let _ =
            writeln!(out, "#EXT-X-PART:DURATION={duration},URI=\"{folder}/{segment}.{part}.m4s\"{begins}");
    }
}

/// When the first moment of a live stream happens.
fn begins(content: &Synthetic) -> Seconds {
    content.appears(0) - first_chunk(content)
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
