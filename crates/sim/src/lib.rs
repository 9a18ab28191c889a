//! The player in virtual time.
//!
//! [`drive`] lets any player run on any [`NetworkModel`](netmodel::NetworkModel); between two decisions everything is
//! solved in closed form, so a session costs nanoseconds per segment and its answers are exact. A [`Profile`] is a
//! named set of options (of player and link) under which the engine behaves as a certain system does.
//!
//! ```
//! use media::{Ladder, Video};
//! use netmodel::Trace;
//! use qoe::Summary;
//! use units::Seconds;
//!
//! let ladder = Ladder::from_kbps(&[300.0, 750.0, 1200.0, 1850.0, 2850.0, 4300.0])?;
//! let video = Video::constant_bitrate("talk", ladder, Seconds::new(4.0), Seconds::new(120.0))?;
//! let trace = Trace::steps("dip", &[(40.0, 4.0), (20.0, 0.5), (60.0, 4.0)], Seconds::new(0.05))?;
//! let session = sim::session(&trace.into(), &video, "bola-e", &sim::profile("default")?, 0)?;
//! let summary = Summary::of(&session);
//! assert_eq!(summary.segments, 30);
//! assert_eq!(summary.stall_count, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compare;
mod decisions;
mod engine;
mod error;
pub mod lockstep;
pub mod optimal;
pub mod pensieve;
mod profile;
pub mod sabre;

pub use compare::{Comparison, Row, compare};
pub use decisions::decisions;
pub use engine::{Alone, Stop, drive};
pub use error::SimError;
pub use profile::{Original, Profile, profile, profiles};

use std::sync::Arc;

use abr::RuleSource;
use media::Video;
use netmodel::{Link, Trace, impair};
use player::{Observer, Player, Recorder};
use qoe::Session;

/// Runs one session and keeps everything.
///
/// `rule` is a specification as [`abr::rule`] takes it, or a rule of one's own ([`abr::Custom`]). Of today's rules and links only impairments draw from the seed.
///
/// # Errors
/// [`SimError`] for an unknown rule or option, or options that do not fit the trace or the video.
pub fn session<R: RuleSource + ?Sized>(
    trace: &Arc<Trace>,
    video: &Video,
    rule: &R,
    profile: &Profile,
    seed: u64,
) -> Result<Session, SimError> {
    let mut recorder = Recorder::default();
    observe(trace, video, rule, profile, seed, &mut recorder)?;
    let mut session = recorder.into_session();
    session.abr = rule.name().to_string();
    session.profile = profile.name.clone();
    session.trace = trace.name().to_string();
    session.seed = seed;
    Ok(session)
}

/// Runs one session under the eyes of any observer.
///
/// # Errors
/// As [`session`].
pub fn observe<R: RuleSource + ?Sized, O: Observer>(
    trace: &Arc<Trace>,
    video: &Video,
    rule: &R,
    profile: &Profile,
    seed: u64,
    observer: &mut O,
) -> Result<Stop, SimError> {
    if profile.original == Some(Original::Sabre) {
        sabre::check(rule.spec(), video)?;
    }
    let adapted = profile.adapt(video);
    let video = adapted.as_ref().unwrap_or(video);
    let mut player = Player::new(video, rule.build()?, profile.player.clone())?;
    if profile.impairments.is_empty() {
        let mut link = Link::new(trace.clone(), profile.link)?;
        return Ok(drive(&mut player, &mut link, observer));
    }
    let mut link = impair::link(trace.clone(), profile.link, &profile.impairments, seed)?;
    Ok(drive(&mut player, &mut link, observer))
}
