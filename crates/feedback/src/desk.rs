//! The loop on live input: lines of telemetry and chat come in, actions go out. Time comes in with every call.

use serde::Serialize;

use crate::control::{
    Command, Controller, ControllerOptions, Crowd, Decision, Inputs, Mood, QUORUM, Shares, command,
};
use crate::decline::{Alarm, Detector};
use crate::predict::{HORIZON_S, Prediction, Predictor, as_uncapped};
use crate::sentiment::Sentiment;
use crate::telemetry::{Field, Line, Reader, Telemetry};
use crate::{FeedbackError, shown};

/// Most messages that are judged between two steps; of more only the number is kept.
pub const MOST_MESSAGES: usize = 20_000;
/// Most samples that are kept of the last ten seconds.
const MOST_SAMPLES: usize = 1000;
/// Most viewers whose commands are counted.
const MOST_ASKING: usize = 1000;

/// What one step of the loop gives.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    pub at_s: f64,
    /// The last sample; absent before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<Telemetry>,
    pub prediction: Option<Prediction>,
    /// What the viewers feel.
    pub mood: Mood,
    /// Messages since the last step.
    pub messages: usize,
    /// Messages that were not judged since they were too many.
    pub skipped: usize,
    pub actions: Vec<Decision>,
    /// A cell that is getting worse.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decline: Option<Alarm>,
    /// What went wrong since the last step, in words; the first few.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// The loop.
pub struct Desk {
    sentiment: Box<dyn Sentiment>,
    predictor: Box<dyn Predictor>,
    controller: Controller,
    crowd: Crowd,
    shares: Shares,
    reader: Reader,
    detector: Detector,
    history: Vec<Telemetry>,
    /// Who asks for what since the last step.
    asked: Vec<(String, Command)>,
    messages: usize,
    skipped: usize,
    decline: Option<Alarm>,
    problems: Vec<String>,
}

/// Most problems that a step tells of.
const MOST_PROBLEMS: usize = 8;

impl Desk {
    /// A loop that has heard nothing yet; `watching` viewers, where that is known.
    ///
    /// # Errors
    /// As [`ControllerOptions::check`].
    pub fn new(
        sentiment: Box<dyn Sentiment>,
        predictor: Box<dyn Predictor>,
        options: ControllerOptions,
        watching: usize,
    ) -> Result<Desk, FeedbackError> {
        Ok(Desk {
            sentiment,
            predictor,
            controller: Controller::new(options)?,
            crowd: Crowd::of(watching),
            shares: Shares::default(),
            reader: Reader::new(),
            detector: Detector::new(),
            history: Vec::new(),
            asked: Vec::new(),
            messages: 0,
            skipped: 0,
            decline: None,
            problems: Vec::new(),
        })
    }

    /// How often it steps, s.
    pub fn every_s(&self) -> f64 {
        self.controller.options().every_s
    }

    /// What a line says, and when it says that it was; lines that are wrong become problems of the next step.
    pub fn read(&mut self, line: &str) -> Option<(Line, Option<f64>)> {
        match self.reader.read(line) {
            Ok(Line::Nothing) => None,
            Ok(line) => {
                let time = match &line {
                    Line::Sample(sample) => sample.time_s,
                    Line::Said { time_s, .. } => *time_s,
                    Line::Nothing => None,
                };
                Some((line, time))
            }
            Err(error) => {
                self.problem(error.to_string());
                None
            }
        }
    }

    /// Takes in what a line said, at an instant.
    pub fn take(&mut self, at: f64, line: Line) {
        match line {
            Line::Sample(mut sample) => {
                sample.time_s = Some(at);
                for flag in sample.flags().into_iter().filter(|f| !f.used) {
                    self.problem(flag.problem);
                }
                let snr = sample.get(Field::Snr);
                let rate = sample.get(Field::Throughput).map(|r| libm::log(r + 0.01));
                if let Some(alarm) = snr.or(rate).and_then(|v| self.detector.sample(at, v)) {
                    self.decline = Some(alarm);
                }
                self.history.retain(|s| s.time_s.is_some_and(|t| t > at - HORIZON_S));
                if self.history.len() >= MOST_SAMPLES {
                    self.history.remove(0);
                }
                self.history.push(sample);
            }
            Line::Said { viewer, text, .. } => self.hear(at, viewer, &text),
            Line::Nothing => {}
        }
    }

    fn hear(&mut self, at: f64, viewer: String, text: &str) {
        self.messages += 1;
        if self.messages > MOST_MESSAGES {
            self.skipped += 1;
            return;
        }
        // Whoever asks is one of the audience all the same, so the text is judged as well.
        if let Some(asked) = command(text).filter(|_| self.asked.len() < MOST_ASKING) {
            self.asked.push((viewer.clone(), asked));
        }
        match self.sentiment.judge(text) {
            Ok(opinion) => self.crowd.say(&viewer, at, &opinion),
            Err(error) => self
                .problem(format!("{error} (message: {})", shown(&text.chars().take(60).collect::<String>()))),
        }
    }

    fn problem(&mut self, problem: String) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// What enough viewers ask for: the command of most, if that is a quorum of the audience.
    fn asked(&mut self, viewers: usize) -> Option<Command> {
        let mut latest: Vec<(String, Command)> = Vec::new();
        for (viewer, asked) in self.asked.drain(..).rev() {
            if !latest.iter().any(|(v, _)| *v == viewer) {
                latest.push((viewer, asked));
            }
        }
        let votes = |asked: Command| latest.iter().filter(|(_, a)| *a == asked).count();
        let most = latest.iter().map(|(_, a)| *a).max_by_key(|a| votes(*a))?;
        (votes(most) as f64 >= QUORUM * viewers.max(1) as f64).then_some(most)
    }

    /// A step at an instant.
    pub fn step(&mut self, at: f64) -> Step {
        let prediction = match self.controller.is_capped() {
            true => self.predictor.predict(&as_uncapped(&self.history)),
            false => self.predictor.predict(&self.history),
        };
        let mood = self.crowd.mood(at);
        let last = self.history.last();
        let latest = |field: Field| self.history.iter().rev().find_map(|s| s.get(field));
        let inputs = Inputs {
            prediction: prediction.as_ref(),
            mood,
            buffer_s: latest(Field::Buffer),
            stalled: last.and_then(|s| s.get(Field::Stalled)).is_some_and(|s| s > 0.0),
            asked: None,
        };
        let network = last.cloned();
        let asked = self.asked(mood.viewers);
        let mut actions = self.controller.step(at, &Inputs { asked, ..inputs });
        actions.extend(self.shares.step(at, &self.crowd, &mood));
        Step {
            at_s: at,
            network,
            prediction,
            mood,
            messages: std::mem::take(&mut self.messages),
            skipped: std::mem::take(&mut self.skipped),
            actions,
            decline: self.decline.take(),
            problems: std::mem::take(&mut self.problems),
        }
    }
}
