//! Many sessions at once whose rule lives outside: the engine of Gymnasium's environments.
//!
//! A step answers every session's question with a level, drives each to its next question, and writes what the agent sees
//! into one array. Every environment has its own stream of randomness, so that results depend on no number of threads.

use std::sync::{Arc, Mutex, PoisonError};

use abr::{AbrStrategy, Decision, PlayerView};
use media::Video;
use netmodel::{Link, LinkOptions, Trace, impair};
use numpy::{PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyUntypedArrayMethods};
use player::{Event, Observer, Player, WaitReason};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use qoe::{BoxedAdditive, First, Meta, Scratch, Segment};
use rayon::prelude::*;
use sim::{Profile, Stop, drive};
use units::{BitRate, Bits, Seconds, SimRng};

use crate::inputs::{traces_of, video_of};
use crate::session::profile_of;
use crate::values::wrong;

/// The reward of every environment, whether it has ended, and whether it was cut off.
type Outcomes<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<bool>>, Bound<'py, PyArray1<bool>>);

/// Downloads that an agent remembers: S_LEN of Pensieve.
const PAST: usize = 8;
/// Pensieve's CHUNK_TIL_VIDEO_END_CAP.
const REMAIN_CAP: f64 = 48.0;
/// Pensieve's BUFFER_NORM_FACTOR, in s.
const BUFFER_NORM: f64 = 10.0;
/// Numbers of the general layout before the histories: buffer, capacity, share left, next duration, last rate, playing.
const HEAD: usize = 6;

/// The rule is the agent.
struct Outside;

impl AbrStrategy for Outside {
    #[inline]
    fn decide(&mut self, _: &PlayerView<'_>) -> Decision {
        Decision::Pending
    }
}

/// The last download, as the agent hears of it.
#[derive(Clone, Copy, Debug)]
struct Download {
    segment: usize,
    level: usize,
    bitrate: BitRate,
    size: Bits,
    elapsed: Seconds,
    stall: Seconds,
    duration: Seconds,
}

/// Sees what a step brings.
#[derive(Clone, Copy, Debug, Default)]
struct Watch {
    done: Option<Download>,
    /// The startup delay, at the step in which playback began.
    startup: Option<Seconds>,
    /// Level after the download and the wait over a full buffer.
    buffer: Seconds,
}

impl Observer for Watch {
    #[inline]
    fn event(&mut self, at: Seconds, event: &Event<'_>) {
        match event {
            Event::Started => self.startup = Some(at),
            Event::Waiting { time, reason: WaitReason::Full } => self.buffer -= *time,
            Event::Finished(f) => {
                self.buffer = f.buffer_after;
                self.done = Some(Download {
                    segment: f.request.segment,
                    level: f.request.level,
                    bitrate: f.bitrate,
                    size: f.request.size,
                    elapsed: f.elapsed,
                    stall: f.stall,
                    duration: f.duration,
                });
            }
            _ => {}
        }
    }
}

/// What the player has under it.
enum Network {
    Bare(Link),
    /// The lock is never taken: it makes of what may be sent what may be shared, as Python wants it.
    Impaired(Mutex<Box<impair::Impaired<impair::AnyChannel>>>),
}

/// A session in progress.
struct Episode {
    player: Player<Arc<Video>, Outside>,
    network: Network,
    watch: Watch,
    /// For the change of quality.
    previous: Option<Segment>,
    scratch: Scratch,
    end: usize,
}

impl Episode {
    fn drive(&mut self) -> Stop {
        match &mut self.network {
            Network::Bare(link) => drive(&mut self.player, link, &mut self.watch),
            Network::Impaired(link) => {
                let link = link.get_mut().unwrap_or_else(PoisonError::into_inner);
                drive(&mut self.player, &mut **link, &mut self.watch)
            }
        }
    }
}

/// How an agent sees the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    Pensieve,
    General,
}

/// What all environments share.
struct World {
    traces: Vec<Arc<Trace>>,
    video: Arc<Video>,
    profile: Profile,
    model: BoxedAdditive,
    meta: Meta,
    /// The segment of each rung, but for its duration, as models see it.
    rungs: Vec<Segment>,
    layout: Layout,
    /// The level of the first request, which no agent is asked for.
    first: Option<usize>,
    random_start: bool,
    skips_first: bool,
}

/// One of many.
struct Environment {
    rng: SimRng,
    episode: Option<Episode>,
    trace: usize,
    /// Whether the episode is over and waits for a reset.
    over: bool,
    failed: Option<String>,
}

/// What a step gives beside the observation.
#[derive(Clone, Copy, Debug, Default)]
struct Outcome {
    reward: f64,
    terminated: bool,
    truncated: bool,
}

impl World {
    fn width(&self) -> usize {
        match self.layout {
            Layout::Pensieve => 6 * PAST,
            Layout::General => HEAD + 2 * PAST + 2 * self.video.ladder().len(),
        }
    }

    fn begin(&self, env: &mut Environment) -> Result<(), String> {
        env.trace = if self.traces.len() > 1 { env.rng.below(self.traces.len()) } else { 0 };
        let trace = &self.traces[env.trace];
        let mut options: LinkOptions = self.profile.link;
        if self.random_start {
            options.start = Seconds::new(env.rng.uniform() * trace.duration().get());
        }
        let say = |e: &dyn std::fmt::Display| e.to_string();
        let network = match self.profile.impairments.is_empty() {
            true => Network::Bare(Link::new(trace.clone(), options).map_err(|e| say(&e))?),
            false => {
                let link = impair::link(trace.clone(), options, &self.profile.impairments, env.rng.bits());
                Network::Impaired(Mutex::new(Box::new(link.map_err(|e| say(&e))?)))
            }
        };
        let player = Player::new(self.video.clone(), Outside, self.profile.player.clone());
        let mut player = player.map_err(|e| say(&e))?;
        let mut watch = Watch::default();
        // The first question comes before any time has passed.
        player.next(&mut watch);
        let end = player.view().end;
        env.episode =
            Some(Episode { player, network, watch, previous: None, scratch: Scratch::default(), end });
        env.over = false;
        Ok(())
    }

    /// A new episode up to the agent's first question; the observation is made anew.
    fn reset(&self, env: &mut Environment, seen: &mut [f32]) {
        seen.fill(0.0);
        if let Err(error) = self.begin(env) {
            env.failed.get_or_insert(error);
            return;
        }
        match self.first {
            Some(level) => {
                self.advance(env, level, seen);
            }
            None => self.look(env, seen, false),
        }
    }

    /// Answers the question with a level and goes on to the next.
    #[inline]
    fn advance(&self, env: &mut Environment, level: usize, seen: &mut [f32]) -> Outcome {
        let Some(episode) = &mut env.episode else { return Outcome::default() };
        episode.watch.done = None;
        episode.watch.startup = None;
        episode.player.answer(Decision::fetch(level));
        let stop = episode.drive();
        let mut outcome = Outcome { terminated: stop == Stop::Complete, ..Outcome::default() };
        outcome.truncated = !outcome.terminated && stop != Stop::Decide;
        match self.reward(episode) {
            Ok(reward) => outcome.reward = reward,
            Err(error) => {
                env.failed.get_or_insert(error);
            }
        }
        env.over = outcome.terminated || outcome.truncated;
        self.look(env, seen, env.over);
        outcome
    }

    /// What the model gives for the download; the startup delay counts at the step in which playback began.
    #[inline]
    fn reward(&self, episode: &mut Episode) -> Result<f64, String> {
        let Some(done) = episode.watch.done else { return Ok(0.0) };
        let say = |e: qoe::QoeError| e.to_string();
        let segment = Segment {
            duration: done.duration,
            start: self.video.start(done.segment),
            ..self.rungs[done.level]
        };
        let (meta, scratch) = (&self.meta, &mut episode.scratch);
        let parts = self.model.step(meta, episode.previous.as_ref(), &segment, done.stall, scratch);
        let mut reward = parts.map_err(say)?.total();
        if self.skips_first && episode.previous.is_none() {
            reward = 0.0;
        }
        if let Some(delay) = episode.watch.startup
            && !self.skips_first
        {
            reward += self.model.startup(meta, delay).map_err(say)?.total();
        }
        episode.previous = Some(segment);
        Ok(reward)
    }

    #[inline]
    fn look(&self, env: &Environment, seen: &mut [f32], over: bool) {
        let Some(episode) = &env.episode else { return };
        match self.layout {
            Layout::Pensieve => self.look_pensieve(episode, seen, over),
            Layout::General => self.look_general(episode, seen, over),
        }
    }

    /// Pensieve's state, as its code computes it: all rows are rolled by one to the left, then the last column is set; of row 4
    /// the first columns, one per rung. What is behind them is what was rolled there.
    #[inline]
    fn look_pensieve(&self, episode: &Episode, seen: &mut [f32], over: bool) {
        let (Some(done), ladder) = (episode.watch.done, self.video.ladder()) else {
            // Before the first download it has no state.
            return;
        };
        for row in seen.chunks_exact_mut(PAST) {
            row.rotate_left(1);
        }
        let bytes = |size: Bits| size.bytes();
        let (millis, left) = (done.elapsed.millis(), episode.end - (done.segment + 1).min(episode.end));
        let buffer = if over { episode.watch.buffer } else { episode.player.view().buffer };
        let last = PAST - 1;
        seen[last] = (done.bitrate / ladder.bitrate(ladder.top())) as f32;
        seen[PAST + last] = (buffer.get() / BUFFER_NORM) as f32;
        seen[2 * PAST + last] = (bytes(done.size) / millis / 1000.0) as f32;
        seen[3 * PAST + last] = (millis / 1000.0 / BUFFER_NORM) as f32;
        // At the end of a video the next chunk is the first of the next video.
        let next = if over { 0 } else { done.segment + 1 };
        for (slot, size) in seen[4 * PAST..5 * PAST].iter_mut().zip(self.video.sizes(next)) {
            *slot = (bytes(*size) / 1e6) as f32;
        }
        seen[5 * PAST + last] = ((left as f64).min(REMAIN_CAP) / REMAIN_CAP) as f32;
    }

    #[inline]
    fn look_general(&self, episode: &Episode, seen: &mut [f32], over: bool) {
        let (view, ladder) = (episode.player.view(), self.video.ladder());
        let next = if over { 0 } else { view.segment.min(self.video.segments() - 1) };
        let left = if over { 0 } else { episode.end - next };
        let (head, rest) = seen.split_at_mut(HEAD);
        let (past, sizes) = rest.split_at_mut(2 * PAST);
        head[0] = if over { episode.watch.buffer.get() as f32 } else { view.buffer.get() as f32 };
        head[1] = view.capacity.get() as f32;
        head[2] = left as f32 / episode.end.max(1) as f32;
        head[3] = self.video.duration(next).get() as f32;
        head[5] = f32::from(u8::from(view.playing));
        if let Some(done) = episode.watch.done {
            head[4] = done.bitrate.mbps() as f32;
            for row in past.chunks_exact_mut(PAST) {
                row.rotate_left(1);
            }
            past[PAST - 1] = (done.size / done.elapsed).mbps() as f32;
            past[2 * PAST - 1] = done.elapsed.get() as f32;
        }
        let (sizes, rates) = sizes.split_at_mut(ladder.len());
        for (slot, size) in sizes.iter_mut().zip(self.video.sizes(next)) {
            *slot = (size.get() / 1e6) as f32;
        }
        for (slot, rate) in rates.iter_mut().zip(ladder.bitrates()) {
            *slot = rate.mbps() as f32;
        }
    }
}

/// What becomes of an environment whose episode is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Autoreset {
    NextStep,
    SameStep,
    Disabled,
}

/// Sessions side by side, each asking for levels; see segue.gym.
#[pyclass(module = "segue")]
pub(crate) struct Environments {
    world: World,
    all: Vec<Environment>,
    autoreset: Autoreset,
    seen: Py<PyArray2<f32>>,
    last: Py<PyArray2<f32>>,
}

/// Environments that one thread takes at a time: fewer are not worth waking it.
const TOGETHER: usize = 128;

#[pymethods]
impl Environments {
    #[new]
    #[pyo3(signature = (num_envs, trace, video, profile="default", qoe="pensieve-lin", observation="pensieve", autoreset="next_step", first_level=None, random_start=false, impair=None, seed=0))]
    #[allow(clippy::too_many_arguments, reason = "the parameters of a Python function have names")]
    fn new(
        py: Python<'_>,
        num_envs: usize,
        trace: &Bound<'_, PyAny>,
        video: &Bound<'_, PyAny>,
        profile: &str,
        qoe: &str,
        observation: &str,
        autoreset: &str,
        first_level: Option<usize>,
        random_start: bool,
        impair: Option<&Bound<'_, PyAny>>,
        seed: u64,
    ) -> PyResult<Environments> {
        let layout = match observation {
            "pensieve" => Layout::Pensieve,
            "general" => Layout::General,
            _ => return Err(wrong(format!("observation is '{observation}', expected pensieve or general"))),
        };
        let autoreset = match autoreset {
            "next_step" => Autoreset::NextStep,
            "same_step" => Autoreset::SameStep,
            "disabled" => Autoreset::Disabled,
            _ => {
                let expected = "expected next_step, same_step or disabled";
                return Err(wrong(format!("autoreset is '{autoreset}', {expected}")));
            }
        };
        if !(1..=1 << 20).contains(&num_envs) {
            return Err(wrong(format!("num_envs is {num_envs}, expected 1 to 2^20")));
        }
        let profile = profile_of(profile, impair)?;
        let video = video_of(video, seed)?;
        let video = profile.adapt(&video).map_or(video, Arc::new);
        let ladder = video.ladder();
        if layout == Layout::Pensieve && ladder.len() > PAST {
            let n = ladder.len();
            return Err(wrong(format!("the pensieve layout has room for {PAST} rungs, the ladder has {n}")));
        }
        if let Some(level) = first_level.filter(|l| *l > ladder.top()) {
            return Err(wrong(format!("first_level is {level}, expected at most {}", ladder.top())));
        }
        let model = qoe::additive(qoe).map_err(wrong)?;
        let meta = Meta { ladder: ladder.bitrates().to_vec(), ..Meta::default() };
        let rungs: Vec<Segment> = (0..ladder.len()).map(|level| rung(&video, level)).collect();
        // What a model lacks is said now, not in the first step.
        model.step(&meta, None, &rungs[0], Seconds::ZERO, &mut Scratch::default()).map_err(wrong)?;
        let skips_first = model.conventions().first == First::Drop;
        let first = first_level.or((layout == Layout::Pensieve).then(|| 1.min(ladder.top())));
        let (traces, _) = traces_of(trace, seed)?;
        let world =
            World { traces, video, profile, model, meta, rungs, layout, first, random_start, skips_first };
        let all: Vec<Environment> = (0..num_envs)
            .map(|i| Environment {
                rng: SimRng::new(seed, i as u64),
                episode: None,
                trace: 0,
                over: true,
                failed: None,
            })
            .collect();
        let zeros = || PyArray2::<f32>::zeros(py, [num_envs, world.width()], false).unbind();
        let (seen, last) = (zeros(), zeros());
        Ok(Environments { world, all, autoreset, seen, last })
    }

    /// How many numbers an observation has.
    #[getter]
    fn width(&self) -> usize {
        self.world.width()
    }

    /// How many levels there are to choose from.
    #[getter]
    fn levels(&self) -> usize {
        self.world.video.ladder().len()
    }

    /// The observations, one row per environment; the same array every time, written by every step.
    #[getter]
    fn observations<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f32>> {
        self.seen.bind(py).clone()
    }

    /// Of `same_step`: the last observations of the episodes that ended in the last step, in the rows of their environments.
    #[getter]
    fn last_observations<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f32>> {
        self.last.bind(py).clone()
    }

    /// Begins new episodes, of all environments or those of a mask; with a seed the streams of randomness begin anew.
    #[pyo3(signature = (seed=None, mask=None))]
    fn reset(
        &mut self,
        py: Python<'_>,
        seed: Option<u64>,
        mask: Option<PyReadonlyArray1<'_, bool>>,
    ) -> PyResult<()> {
        let mask: Option<Vec<bool>> = mask.map(|m| m.as_array().to_vec());
        if mask.as_ref().is_some_and(|m| m.len() != self.all.len()) {
            return Err(wrong(format!("the mask has another length than {}", self.all.len())));
        }
        let (world, width) = (&self.world, self.world.width());
        let mut seen = self.seen.bind(py).readwrite();
        let seen = seen.as_slice_mut()?;
        let all = &mut self.all;
        py.detach(|| {
            all.par_iter_mut()
                .zip(seen.par_chunks_mut(width))
                .with_min_len(TOGETHER)
                .enumerate()
                .filter(|(i, _)| mask.as_ref().is_none_or(|m| m[*i]))
                .for_each(|(i, (env, seen))| {
                    if let Some(seed) = seed {
                        env.rng = SimRng::new(seed, i as u64);
                    }
                    world.reset(env, seen);
                });
        });
        self.check()
    }

    /// Takes one level per environment. Fills reward, terminated and truncated; the observations are in `observations`.
    fn step<'py>(&mut self, py: Python<'py>, actions: &Bound<'py, PyArray1<i64>>) -> PyResult<Outcomes<'py>> {
        let (n, levels) = (self.all.len(), self.levels() as i64);
        if actions.len() != n {
            return Err(wrong(format!("{} actions, expected {n}", actions.len())));
        }
        let given = actions.readonly();
        let given = given.as_slice()?;
        if let Some(level) = given.iter().find(|a| !(0..levels).contains(*a)) {
            return Err(wrong(format!("action {level}, expected a level of 0 to {}", levels - 1)));
        }
        let (world, width, autoreset) = (&self.world, self.world.width(), self.autoreset);
        if autoreset == Autoreset::Disabled
            && let Some(i) = self.all.iter().position(|e| e.over)
        {
            return Err(wrong(format!("environment {i} is over or was never reset: reset it first")));
        }
        let (mut seen, mut last) = (self.seen.bind(py).readwrite(), self.last.bind(py).readwrite());
        let (seen, last) = (seen.as_slice_mut()?, last.as_slice_mut()?);
        let (mut reward, mut terminated, mut truncated) = (vec![0.0; n], vec![false; n], vec![false; n]);
        let all = &mut self.all;
        py.detach(|| {
            let outcomes = reward.par_iter_mut().zip(terminated.par_iter_mut()).zip(truncated.par_iter_mut());
            all.par_iter_mut()
                .zip(given.par_iter())
                .zip(seen.par_chunks_mut(width).zip(last.par_chunks_mut(width)))
                .zip(outcomes)
                .with_min_len(TOGETHER)
                .for_each(|(((env, level), (seen, last)), ((reward, terminated), truncated))| {
                    if env.over {
                        world.reset(env, seen);
                        return;
                    }
                    let outcome = world.advance(env, *level as usize, seen);
                    (*reward, *terminated, *truncated) =
                        (outcome.reward, outcome.terminated, outcome.truncated);
                    if env.over && autoreset == Autoreset::SameStep {
                        last.copy_from_slice(seen);
                        world.reset(env, seen);
                    }
                });
        });
        self.check()?;
        let array = |values: Vec<bool>| PyArray1::from_vec(py, values);
        Ok((PyArray1::from_vec(py, reward), array(terminated), array(truncated)))
    }

    /// What the last download of one environment was: segment, level, bitrate_kbps, size_bits, download_s, stall_s, buffer_s,
    /// and the trace.
    fn info<'py>(&self, py: Python<'py>, environment: usize) -> PyResult<Bound<'py, PyDict>> {
        let info = PyDict::new(py);
        let env = self.all.get(environment).ok_or_else(|| wrong("no such environment"))?;
        info.set_item("trace", self.world.traces[env.trace].name())?;
        if let Some(episode) = &env.episode
            && let Some(done) = episode.watch.done
        {
            info.set_item("segment", done.segment)?;
            info.set_item("level", done.level)?;
            info.set_item("bitrate_kbps", done.bitrate.kbps())?;
            info.set_item("size_bits", done.size.get())?;
            info.set_item("download_s", done.elapsed.get())?;
            info.set_item("stall_s", done.stall.get())?;
            info.set_item("buffer_s", episode.watch.buffer.get())?;
        }
        Ok(info)
    }
}

impl Environments {
    fn check(&mut self) -> PyResult<()> {
        match self.all.iter_mut().find_map(|e| e.failed.take()) {
            Some(error) => Err(wrong(error)),
            None => Ok(()),
        }
    }
}

/// A segment of a rung, as far as models know of it.
fn rung(video: &Video, level: usize) -> Segment {
    let mut viewing = qoe::Viewing::default();
    let mut segment = Segment::new(video.duration(0), video.ladder().bitrate(level));
    segment.representation = u32::try_from(level).ok();
    viewing.push(segment, Seconds::ZERO);
    viewing.describe(video.ladder()).segments.pop().unwrap_or(segment)
}
