//! A session over a radio link is the session over its trace, and the link knows where the terminal is.

use std::sync::Arc;

use media::{Ladder, Video};
use netmodel::LinkOptions;
use netmodel::radio::{Drive, Link};
use player::{Player, Recorder};
use units::Seconds;

#[test]
fn a_session_runs_on_a_radio_link_as_on_any_other() {
    let ladder = Ladder::from_kbps(&[1000.0, 4000.0, 16_000.0, 60_000.0]).expect("ascending");
    let video =
        Video::constant_bitrate("film", ladder, Seconds::new(4.0), Seconds::new(200.0)).expect("a video");
    let drive = Arc::new(Drive::from_preset("radio,duration=150", 12).expect("a drive"));
    let profile = sim::profile("default").expect("a profile");
    for rule in ["bola-e", "throughput", "robust-mpc"] {
        let over_trace = sim::session(drive.trace(), &video, rule, &profile, 0).expect("a session");

        let mut link = Link::new(drive.clone(), LinkOptions::default()).expect("a link");
        let mut player =
            Player::new(&video, abr::rule(rule).expect("a rule"), profile.player.clone()).expect("a player");
        let mut recorder = Recorder::default();
        sim::drive(&mut player, &mut link, &mut recorder);
        let over_radio = recorder.into_session();
        assert_eq!(over_radio.downloads, over_trace.downloads, "{rule}");
        assert_eq!(over_radio.stalls, over_trace.stalls, "{rule}");

        // The terminal is where the session's clock is: the link moves on while what is buffered plays out.
        let (duration, wall) = (drive.trace().duration(), over_radio.wall_s);
        let (state, end) = (link.state(), wall - duration * (wall / duration).floor());
        assert!(state.at <= end && end < state.at + drive.step(), "{rule}: {state:?} at {end}");
        assert_eq!(state, drive.state_at(end));
    }
}
