//! What a rule decides, as a function of throughput and buffer.

use abr::{Decision, Ending, PlayerEvent, PlayerView};
use media::Video;
use units::{BitRate, Seconds};

use crate::{Profile, SimError};

/// Downloads that a rule has seen before it is asked.
const SEEN: usize = 5;

/// The rung that a rule asks for in the middle of a video, for each buffer level (outer) and throughput (inner); None where
/// it waits. Every answer is that of a fresh rule that has seen five downloads of the sustainable rung at just this
/// throughput, with the latency of the profile's link or none.
///
/// # Errors
/// [`SimError`] for an unknown rule or option.
pub fn decisions(
    rule: &str,
    video: &Video,
    profile: &Profile,
    throughputs: &[BitRate],
    buffers: &[Seconds],
) -> Result<Vec<Vec<Option<usize>>>, SimError> {
    let one = |throughput: BitRate, buffer: Seconds| -> Result<Option<usize>, SimError> {
        let mut rule = abr::rule(rule)?;
        let mut view = PlayerView::at_start(video, profile.player.capacity);
        rule.begin(&view);
        let level = video.ladder().highest_at_most(throughput);
        let latency = profile.link.latency.unwrap_or(Seconds::ZERO);
        let middle = video.segments() / 2;
        for segment in middle.saturating_sub(SEEN)..middle.max(1) {
            let size = video.size(segment, level);
            let elapsed = latency + size / throughput;
            view.segment = segment;
            // The first decision of a session is another one.
            rule.decide(&view);
            (view.segment, view.last_level, view.buffer, view.playing) =
                (segment + 1, Some(level), buffer, true);
            let (received, ending) = (size, Ending::Appended);
            rule.event(
                &view,
                &PlayerEvent::Ended { segment, level, size, received, elapsed, latency, ending },
            );
        }
        view.segment = view.segment.min(video.segments() - 1);
        Ok(match rule.decide(&view) {
            Decision::Fetch { level, after } if after <= Seconds::ZERO => {
                Some(level.min(video.ladder().top()))
            }
            Decision::Fetch { .. } | Decision::Wait(_) | Decision::Pending => None,
            Decision::Keep => Some(level),
        })
    };
    buffers.iter().map(|b| throughputs.iter().map(|t| one(*t, *b)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use media::Ladder;

    use super::*;

    #[test]
    fn the_buffer_rule_does_not_look_at_the_throughput_and_the_rate_rule_only_at_it() {
        let ladder = Ladder::from_kbps(&[300.0, 750.0, 1200.0, 1850.0, 2850.0, 4300.0]).expect("ascending");
        let video =
            Video::constant_bitrate("v", ladder, Seconds::new(4.0), Seconds::new(240.0)).expect("valid");
        let profile = crate::profile("default").expect("a profile");
        let throughputs = [500.0, 1500.0, 9000.0].map(BitRate::from_kbps);
        let buffers = [2.0, 11.0, 20.0].map(Seconds::new);
        let map = |rule| decisions(rule, &video, &profile, &throughputs, &buffers).expect("a map");
        assert_eq!(map("buffer"), [[Some(0); 3], [Some(3); 3], [Some(5); 3]]);
        assert_eq!(map("rate"), [[Some(0), Some(2), Some(5)]; 3]);
    }
}
