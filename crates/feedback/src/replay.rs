//! The closed loop in simulation: a drive, a player under the controller, a viewer who talks, and back.

use std::sync::{Arc, Mutex, PoisonError};

use abr::{Custom, PlayerView};
use serde::Serialize;
use units::{Seconds, SimRng};

use crate::control::{Action, Controller, ControllerOptions, Crowd, Decision, Inputs};
use crate::governed::{Bounds, Governed, Governor};
use crate::predict::{HORIZON_S, Predictor, Trained, as_uncapped, drawn, video};
use crate::sentiment::{Sentiment, Streaming};
use crate::telemetry::{Field, Telemetry, of_drive};
use crate::viewer::{Moment, Viewer, ViewerOptions};
use crate::{Experience, FeedbackError, Playback};

/// Length of a session, s.
pub const SESSION_S: f64 = 600.0;
/// A session is left to its rule for so long, s: a buffer that fills for the first time is low, and no sign of trouble.
const FIRST_STEP_S: f64 = 12.0;
/// Of the seeds of drives: others than those that the prediction model has seen.
const FIRST_SEED: u64 = 5_000_000;

/// Who steers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Steering {
    /// The rule alone.
    Plain,
    /// The controller, deaf to viewers.
    Network,
    /// The controller, with what viewers say.
    Feedback,
}

impl Steering {
    /// All.
    pub const ALL: [Steering; 3] = [Steering::Plain, Steering::Network, Steering::Feedback];

    /// As it is printed.
    pub fn name(self) -> &'static str {
        match self {
            Steering::Plain => "plain rule",
            Steering::Network => "controller, deaf",
            Steering::Feedback => "controller with feedback",
        }
    }
}

/// How sessions are replayed.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplayOptions {
    /// The rule, as [`abr::rule`] takes it.
    pub rule: String,
    /// The most media that the player's buffer takes, s.
    pub capacity_s: u32,
    pub controller: ControllerOptions,
    pub viewer: ViewerOptions,
    pub seed: u64,
}

impl Default for ReplayOptions {
    fn default() -> ReplayOptions {
        ReplayOptions {
            rule: "bola".to_string(),
            capacity_s: 30,
            controller: ControllerOptions::default(),
            viewer: ViewerOptions::default(),
            seed: 0,
        }
    }
}

/// A session that was replayed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Replayed {
    pub drive: String,
    pub steering: Steering,
    /// Mean bitrate shown, kbit/s.
    pub mean_kbps: f64,
    /// From the request to the first frame, s.
    pub startup_s: f64,
    pub stalled_s: f64,
    pub stalls: usize,
    /// Score of the QoE model `bola`, a mean over time.
    pub qoe: f64,
    /// The engagement score, 0 to 100.
    pub engagement: f64,
    pub messages: usize,
    pub decisions: Vec<Decision>,
}

/// Replays the drive `i` under the same network and with the same viewer's temper for each steering that is asked for.
///
/// # Errors
/// [`FeedbackError`] for a rule that does not exist or options out of range.
pub fn replay(
    options: &ReplayOptions,
    i: usize,
    steerings: &[Steering],
) -> Result<Vec<Replayed>, FeedbackError> {
    options.controller.check()?;
    let seed = FIRST_SEED.wrapping_add(options.seed.wrapping_mul(100_000)).wrapping_add(i as u64);
    let mut rng = SimRng::new(seed, 0x7265_706c); // "repl"
    let (text, drive) = drawn(&mut rng, SESSION_S, seed)?;
    let samples = Arc::new(of_drive(&drive));
    let video = video(SESSION_S)?;
    let profile = sim::profile(&format!("default:capacity={}", options.capacity_s))?;
    let replay_one = |steering: &Steering| {
        let diary = Arc::new(Mutex::new(Diary::default()));
        let world = World::new(options, *steering, seed, samples.clone(), diary.clone())?;
        let name = format!("{} ({})", options.rule, steering.name());
        abr::rule(&options.rule).map_err(sim::SimError::from)?;
        let rule = options.rule.clone();
        let world = Mutex::new(Some(world));
        let governed = Custom::new(name, move || {
            let world = world.lock().unwrap_or_else(PoisonError::into_inner).take();
            match (abr::rule(&rule), world) {
                (Ok(rule), Some(world)) => Box::new(Governed::new(rule, world)),
                // The rule was built once already, and a session asks once.
                _ => Box::new(abr::rules::Fixed { level: 0 }),
            }
        });
        let session = sim::session(drive.trace(), &video, &governed, &profile, seed)?;
        let diary = diary.lock().unwrap_or_else(PoisonError::into_inner).clone();
        digest(format!("{text},seed={seed}"), *steering, &session, diary)
    };
    steerings.iter().map(replay_one).collect()
}

fn digest(
    drive: String,
    steering: Steering,
    session: &qoe::Session,
    diary: Diary,
) -> Result<Replayed, FeedbackError> {
    let playback = Playback::of(session);
    let summary = qoe::Summary::of(session);
    let shown = playback.shown(0.0, playback.end_s());
    let model = qoe::model("bola").map_err(|e| FeedbackError::value("QoE model", e, "bola"))?;
    let score =
        model.score(&qoe::Viewing::of(session)).map_err(|e| FeedbackError::value("session", e, "a score"))?;
    let experience = Experience {
        startup_s: playback.startup_s(),
        stall_ratio: summary.stall_ratio,
        stalls_per_10_min: session.stalls.len() as f64 * 600.0 / playback.end_s().max(1.0),
        negative: diary.negative as f64 * 60.0 / playback.end_s().max(60.0),
    };
    Ok(Replayed {
        drive,
        steering,
        mean_kbps: shown.kbps.unwrap_or(0.0),
        startup_s: playback.startup_s(),
        stalled_s: shown.stalled_s,
        stalls: session.stalls.len(),
        qoe: score.value,
        engagement: experience.engagement(),
        messages: diary.messages,
        decisions: diary.decisions,
    })
}

/// What happened around the player.
#[derive(Clone, Debug, Default)]
struct Diary {
    decisions: Vec<Decision>,
    messages: usize,
    negative: usize,
}

/// All that stands around the player: the telemetry of the drive, the viewer, the controller. It is asked before every decision of the
/// player and catches up with the clock then.
struct World {
    samples: Arc<Vec<Telemetry>>,
    viewer: Viewer,
    crowd: Crowd,
    sentiment: &'static Streaming,
    predictor: Trained,
    controller: Controller,
    steering: Steering,
    next_step: f64,
    /// The player when it was last seen: when, its buffer, whether it played, its bitrate.
    seen: (f64, f64, bool, f64),
    /// The last ten seconds, with the player's state.
    history: Vec<Telemetry>,
    next_sample: usize,
    diary: Arc<Mutex<Diary>>,
}

impl World {
    fn new(
        options: &ReplayOptions,
        steering: Steering,
        seed: u64,
        samples: Arc<Vec<Telemetry>>,
        diary: Arc<Mutex<Diary>>,
    ) -> Result<World, FeedbackError> {
        Ok(World {
            samples,
            viewer: Viewer::new(options.viewer, seed),
            crowd: Crowd::default(),
            sentiment: Streaming::shared(),
            predictor: Trained::built_in()?,
            controller: Controller::new(options.controller)?,
            steering,
            next_step: FIRST_STEP_S,
            seen: (0.0, 0.0, false, 0.0),
            history: Vec::new(),
            next_sample: 0,
            diary,
        })
    }

    /// The player at an instant since it was last seen: its buffer runs down.
    fn player_at(&self, at: f64) -> (f64, bool) {
        let (since, buffer, playing, _) = self.seen;
        let left = if playing { (buffer - (at - since)).max(0.0) } else { buffer };
        (left, playing && left <= 0.0)
    }

    fn step(&mut self, at: f64) {
        let kbps = self.seen.3;
        let begun = kbps > 0.0;
        while let Some(sample) =
            self.samples.get(self.next_sample).filter(|s| s.time_s.is_some_and(|t| t <= at))
        {
            let mut sample = sample.clone();
            let (buffer, stalled) = self.player_at(sample.time_s.unwrap_or(at));
            if begun {
                sample.set(Field::Buffer, buffer);
                sample.set(Field::Stalled, f64::from(u8::from(stalled)));
                sample.set(Field::Bitrate, kbps);
            }
            self.history.push(sample);
            self.next_sample += 1;
        }
        self.history.retain(|s| s.time_s.is_some_and(|t| t > at - HORIZON_S));
        let (buffer, stalled) = self.player_at(at);
        let mut diary = self.diary.lock().unwrap_or_else(PoisonError::into_inner);
        if begun {
            for text in self.viewer.look(at, Moment { stalled, kbps }) {
                diary.messages += 1;
                // The built-in backend judges any text.
                let Ok(opinion) = self.sentiment.judge(text) else { continue };
                diary.negative += usize::from(opinion.label == crate::sentiment::Label::Negative);
                if self.steering == Steering::Feedback {
                    self.crowd.say("viewer", at, &opinion);
                }
            }
        }
        let prediction = match self.controller.is_capped() {
            true => self.predictor.predict(&as_uncapped(&self.history)),
            false => self.predictor.predict(&self.history),
        };
        let inputs = Inputs {
            prediction: prediction.as_ref(),
            mood: self.crowd.mood(at),
            buffer_s: begun.then_some(buffer),
            stalled,
            asked: None,
        };
        if self.steering != Steering::Plain {
            diary.decisions.extend(self.controller.step(at, &inputs));
        }
    }
}

impl Governor for World {
    fn bounds(&mut self, view: &PlayerView<'_>) -> Bounds {
        let now = view.now.get();
        while self.next_step < now {
            let at = self.next_step;
            self.step(at);
            self.next_step += self.controller.options().every_s;
        }
        let kbps = view.last_level.map_or(0.0, |l| view.video.ladder().bitrate(l).kbps());
        self.seen = (now, view.buffer.get(), view.playing, kbps);
        let target = match self.steering {
            Steering::Plain => Seconds::INFINITY,
            _ => Seconds::new(self.controller.target_s()),
        };
        Bounds { cap: self.controller.cap(), target }
    }
}

/// What an action is called in counts.
pub fn kind(action: &Action) -> &'static str {
    match action {
        Action::Raise { .. } => "raise",
        Action::Keep { .. } => "keep",
        Action::Lower { .. } => "lower",
        Action::Buffer { .. } => "buffer",
        Action::Share { .. } => "share",
        Action::Alert { .. } => "alert",
    }
}
