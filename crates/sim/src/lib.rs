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
//! let session = sim::session(&std::sync::Arc::new(trace), &video, "bola-e", &sim::profile("default")?, 0)?;
//! let summary = Summary::of(&session);
//! assert_eq!(summary.segments, 30);
//! assert_eq!(summary.stall_count, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compare;
pub mod crowd;
mod decisions;
mod engine;
mod error;
mod live;
pub mod lockstep;
pub mod optimal;
pub mod pensieve;
mod profile;
pub mod sabre;
mod source;

pub use compare::{Comparison, Row, compare};
pub use decisions::decisions;
pub use engine::{Alone, Stop, drive};
pub use error::SimError;
pub use live::{LivePlay, live_options};
pub use profile::{Original, Profile, Stack, profile, profiles};
pub use source::{MadeNetwork, Network, made_network};

use std::ops::Deref;

use abr::{AbrStrategy, RuleSource};
use media::Video;
use netmodel::{Link, impair};
use player::scheduling::HlsJs;
use player::{Observer, Options, Plain, Player, Recorder, Scheduling, WithRate};
use qoe::Session;

/// Runs one session and keeps everything.
///
/// `network` is a trace, or anything else that makes a link ([`Network`]); `rule` is a specification as [`abr::rule`] takes it, or a
/// rule of one's own ([`abr::Custom`]). Of the built-in ones only impairments draw from the seed.
///
/// # Errors
/// [`SimError`] for an unknown rule or option, or options that do not fit the trace or the video.
pub fn session<N: Network + ?Sized, R: RuleSource + ?Sized>(
    network: &N,
    video: &Video,
    rule: &R,
    profile: &Profile,
    seed: u64,
) -> Result<Session, SimError> {
    session_with(network, video, rule, profile, seed, &mut ())
}

/// The same under the eyes of another observer.
fn session_with<N: Network + ?Sized, R: RuleSource + ?Sized, O: Observer>(
    network: &N,
    video: &Video,
    rule: &R,
    profile: &Profile,
    seed: u64,
    observer: &mut O,
) -> Result<Session, SimError> {
    let mut both = (Recorder::default(), observer);
    observe(network, video, rule, profile, seed, &mut both)?;
    let mut session = both.0.into_session();
    session.abr = rule.name().to_string();
    session.profile = profile.name.clone();
    session.trace = network.name().to_string();
    session.seed = seed;
    Ok(session)
}

/// Runs one session under the eyes of any observer.
///
/// # Errors
/// As [`session`].
pub fn observe<N: Network + ?Sized, R: RuleSource + ?Sized, O: Observer>(
    network: &N,
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
    let (rule, options) = (rule.build()?, profile.player.clone());
    match profile.stack {
        Stack::Plain => play(video, rule, Plain::default(), options, network, profile, seed, observer),
        Stack::HlsJs(buffer) => {
            play(video, rule, HlsJs::new(buffer), options, network, profile, seed, observer)
        }
    }
}

/// A player with a scheduling, and with who catches up with a live event.
#[allow(clippy::too_many_arguments, reason = "a player, a network, and who watches")]
fn play<A, S, N, O>(
    video: &Video,
    rule: A,
    scheduling: S,
    options: Options,
    network: &N,
    profile: &Profile,
    seed: u64,
    observer: &mut O,
) -> Result<Stop, SimError>
where
    A: AbrStrategy,
    S: Scheduling,
    N: Network + ?Sized,
    O: Observer,
{
    let catch_up = profile.live.as_ref().and_then(|l| l.catch_up.clone());
    match catch_up {
        None => run(&mut Player::with(video, rule, scheduling, options)?, network, profile, seed, observer),
        Some(control) => {
            let scheduling = WithRate::new(scheduling, control);
            run(&mut Player::with(video, rule, scheduling, options)?, network, profile, seed, observer)
        }
    }
}

/// A player on a network.
fn run<V, A, S, N, O>(
    player: &mut Player<V, A, S>,
    network: &N,
    profile: &Profile,
    seed: u64,
    observer: &mut O,
) -> Result<Stop, SimError>
where
    V: Deref<Target = Video>,
    A: AbrStrategy,
    S: Scheduling,
    N: Network + ?Sized,
    O: Observer,
{
    let Some(trace) = network.trace() else {
        return Ok(drive(player, &mut network.link(profile, seed)?, observer));
    };
    if profile.impairments.is_empty() {
        return Ok(drive(player, &mut Link::new(trace.clone(), profile.link)?, observer));
    }
    let mut link = impair::link(trace.clone(), profile.link, &profile.impairments, seed)?;
    Ok(drive(player, &mut link, observer))
}
