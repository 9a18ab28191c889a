//! When the segments of a dynamic presentation can be had (ISO/IEC 23009-1:2022, 5.3.1.2 and A.3).
//!
//! This is read apart from the video: whoever only measures a manifest needs none of it, and nothing of it can stop an import.

use dash_mpd_core::{AdaptationSet, MPD, is_video_adaptation};
use units::Seconds;

use super::guard::{self, Wanted};
use super::periods::is_dynamic;
use crate::MediaError;

/// What is read of an MPD.
const WANTED: Wanted = &[
    (
        "MPD",
        &[
            "type",
            "mediaPresentationDuration",
            "availabilityStartTime",
            "publishTime",
            "timeShiftBufferDepth",
            "suggestedPresentationDelay",
        ],
    ),
    ("UTCTiming", &["schemeIdUri", "value"]),
    ("ServiceDescription", &[]),
    ("Latency", &["target"]),
    ("Period", &["start", "duration"]),
    ("AdaptationSet", &["contentType", "mimeType"]),
    ("Representation", &["id", "mimeType", "contentType"]),
    ("SegmentTemplate", &["availabilityTimeOffset", "availabilityTimeComplete"]),
];

/// When the segments of a dynamic presentation can be had.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct LiveTimes {
    /// When media time 0 of the first period happened, in milliseconds since 1970: `availabilityStartTime` and the period's start.
    pub began: Seconds,
    /// The server's time when it sent the manifest, likewise: `UTCTiming` of the scheme `direct`.
    pub now: Option<Seconds>,
    /// How far back it can be had: `timeShiftBufferDepth`.
    pub window: Option<Seconds>,
    /// How far behind it players are to be: `Latency@target`, else `suggestedPresentationDelay`.
    pub latency: Option<Seconds>,
    /// How long before its end a segment can be asked for, where it then comes while it is produced: `availabilityTimeOffset`
    /// with `availabilityTimeComplete="false"`.
    pub early: Seconds,
    /// Whether the manifest says when it ends.
    pub ends: bool,
}

/// When the segments of a dynamic presentation can be had; None of a static one, and where the manifest does not say when it began.
///
/// # Errors
/// [`MediaError::Input`] for what is no manifest.
pub fn live_times(text: &str) -> Result<Option<LiveTimes>, MediaError> {
    let needed = guard::check(text, WANTED)?;
    let mpd = dash_mpd_core::parse(&needed.xml).map_err(|e| guard::said(&e))?;
    Ok(live(&mpd))
}

fn live(mpd: &MPD) -> Option<LiveTimes> {
    let began = mpd.availabilityStartTime.filter(|_| is_dynamic(mpd))?;
    let period = mpd.periods.first()?;
    let ends = mpd.mediaPresentationDuration.is_some() || mpd.periods.iter().all(|p| p.duration.is_some());
    let seconds = |d: std::time::Duration| Seconds::from_millis(d.as_nanos() as f64 / 1e6);
    let start = period.start.map_or(Seconds::ZERO, seconds);
    let direct = mpd.UTCTiming.iter().find(|t| t.schemeIdUri.starts_with("urn:mpeg:dash:utc:direct:"));
    let target = mpd.ServiceDescription.iter().flat_map(|s| &s.Latency).find_map(|l| l.target);
    let target = target.filter(|ms| ms.is_finite() && *ms >= 0.0).map(Seconds::from_millis);
    Some(LiveTimes {
        began: Seconds::from_millis(began.timestamp_millis() as f64) + start,
        now: direct.and_then(|t| instant(t.value.as_deref()?)),
        window: mpd.timeShiftBufferDepth.map(seconds),
        latency: target.or(mpd.suggestedPresentationDelay.map(seconds)),
        early: period.adaptations.iter().find(is_video_adaptation).map_or(Seconds::ZERO, early),
        ends,
    })
}

/// How long before its end the first rendition's segments come, where they come in parts.
fn early(set: &AdaptationSet) -> Seconds {
    let of_rungs = set.representations.iter().filter_map(|r| r.SegmentTemplate.as_ref());
    let template = set.SegmentTemplate.iter().chain(of_rungs).find(|t| t.availabilityTimeOffset.is_some());
    let partly = template.filter(|t| t.availabilityTimeComplete == Some(false));
    let offset = partly.and_then(|t| t.availabilityTimeOffset).filter(|s| s.is_finite() && *s > 0.0);
    offset.map_or(Seconds::ZERO, Seconds::new)
}

/// A date as the parser of manifests reads dates.
pub(in crate::manifests) fn instant(date: &str) -> Option<Seconds> {
    let date = quick_xml::escape::escape(date);
    let mpd = dash_mpd_core::parse(&format!("<MPD availabilityStartTime=\"{date}\"/>")).ok()?;
    Some(Seconds::from_millis(mpd.availabilityStartTime?.timestamp_millis() as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIVE: &str = "type=\"dynamic\" availabilityStartTime=\"2024-03-01T00:00:00Z\"";

    fn of(attributes: &str, inside: &str) -> Option<LiveTimes> {
        live_times(&format!("<MPD {attributes}>{inside}</MPD>")).expect("a manifest")
    }

    #[test]
    fn a_live_manifest_says_when() {
        let times = of(
            &format!(
                "{LIVE} mediaPresentationDuration=\"PT60S\" timeShiftBufferDepth=\"PT30S\" suggestedPresentationDelay=\"PT4S\""
            ),
            r#"<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="https://example.org/"/>
            <UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value="2024-03-01T00:01:00.250Z"/>
            <Period start="PT2.5S"><AdaptationSet mimeType="audio/mp4"><SegmentTemplate availabilityTimeOffset="9" availabilityTimeComplete="false"/><Representation/></AdaptationSet>
            <AdaptationSet mimeType="video/mp4"><SegmentTemplate availabilityTimeOffset="0.75" availabilityTimeComplete="false"/><Representation/></AdaptationSet></Period>"#,
        );
        // `date -u -d 2024-03-01T00:00:00Z +%s`
        let began = Seconds::new(1_709_251_200.0);
        let seconds = |s| Some(Seconds::new(s));
        assert_eq!(
            times,
            Some(LiveTimes {
                began: began + Seconds::new(2.5),
                now: Some(began + Seconds::new(60.25)),
                window: seconds(30.0),
                latency: seconds(4.0),
                early: Seconds::new(0.75),
                ends: true,
            })
        );
    }

    #[test]
    fn a_target_counts_before_a_suggestion_and_a_whole_segment_is_not_early() {
        let times = of(
            &format!("{LIVE} suggestedPresentationDelay=\"PT4S\""),
            r#"<ServiceDescription><Latency target="1500"/></ServiceDescription><Period><AdaptationSet mimeType="video/mp4">
            <SegmentTemplate availabilityTimeOffset="0.75"/><Representation/></AdaptationSet></Period>"#,
        )
        .expect("live");
        assert_eq!(times.latency, Some(Seconds::new(1.5)));
        assert_eq!((times.early, times.now, times.window, times.ends), (Seconds::ZERO, None, None, false));
    }

    #[test]
    fn what_is_not_live_has_no_times() {
        assert_eq!(of("type=\"static\" mediaPresentationDuration=\"PT60S\"", "<Period/>"), None);
        assert_eq!(of("type=\"dynamic\"", "<Period/>"), None);
        assert!(live_times("<MPD suggestedPresentationDelay=\"PT99999999999S\"/>").is_err());
        assert!(live_times("#EXTM3U").is_err());
    }
}
