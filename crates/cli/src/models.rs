//! The QoE models of a command line.

use std::collections::BTreeSet;

use qoe::{BoxedModel, QoeError, Resolution, Score, Session, Viewing};
use spec::Spec;

use crate::Error;

/// The models that are asked when none is named. The first is the one that charts and sentences are about: of the simple
/// models it follows people best, and it is a mean over time, so that sessions of any length compare.
pub const DEFAULT_MODELS: [&str; 3] = ["bola", "pensieve-lin", "yin"];

/// Some models, each with the specification that made it.
pub struct Models {
    /// The specifications, as given.
    pub names: Vec<String>,
    models: Vec<BoxedModel>,
    /// Of each that is P.1203, whether it was told the size of the display.
    told: Vec<Option<bool>>,
}

impl std::fmt::Debug for Models {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Models").field("names", &self.names).finish_non_exhaustive()
    }
}

impl Models {
    /// The models of these specifications, or [`DEFAULT_MODELS`] for none.
    ///
    /// # Errors
    /// [`Error::Input`] for a model or option that there is not, and for one that is given twice.
    pub fn new<S: AsRef<str>>(specs: &[S]) -> Result<Models, Error> {
        let mut names: Vec<String> = specs.iter().map(|s| s.as_ref().trim().to_string()).collect();
        if names.is_empty() {
            names = DEFAULT_MODELS.map(str::to_string).to_vec();
        }
        once("QoE model", &names)?;
        let models = names.iter().map(|n| qoe::model(n)).collect::<Result<_, _>>()?;
        let told = names.iter().map(|n| told_display(n)).collect();
        Ok(Models { names, models, told })
    }

    /// These and one more: a model of one's own, under a name.
    ///
    /// # Errors
    /// [`Error::Input`] for a name that is given twice.
    pub fn with(mut self, name: impl Into<String>, model: BoxedModel) -> Result<Models, Error> {
        self.names.push(name.into());
        self.models.push(model);
        self.told.push(None);
        once("QoE model", &self.names)?;
        Ok(self)
    }

    /// The scores of a viewing, in the order of the models.
    ///
    /// # Errors
    /// [`Error::Input`] for a model that needs what this session does not have.
    pub fn score(&self, viewing: &Viewing) -> Result<Vec<Score>, Error> {
        let scores = (0..self.models.len()).map(|m| self.one(m, viewing));
        Ok(scores.collect::<Result<_, QoeError>>()?)
    }

    /// The score of one model, or the reason why there is none. What it was told of the display goes before what is guessed.
    pub(crate) fn one(&self, model: usize, viewing: &Viewing) -> Result<Score, QoeError> {
        let scorer = self.models.get(model).ok_or(QoeError::NothingPlayed)?;
        if self.told[model] == Some(true) && viewing.meta.display.is_some() {
            let mut unguessed = viewing.clone();
            unguessed.meta.display = None;
            return scorer.score(&unguessed);
        }
        scorer.score(viewing)
    }

    /// What to say if the display of these sizes is a guess that one of the models is scored by.
    pub(crate) fn guess(&self, displays: &BTreeSet<Resolution>) -> Option<String> {
        let first = displays.first().filter(|_| self.told.contains(&Some(false)))?;
        let size = if displays.len() > 1 { String::new() } else { format!(" ({first})") };
        Some(format!("p1203: the display is taken to be as large as the largest rung{size}, see display="))
    }

    /// What the numbers of each model mean.
    pub(crate) fn scales(&self) -> impl Iterator<Item = qoe::Scale> {
        self.models.iter().map(|m| m.about().scale)
    }
}

/// Whether a specification tells P.1203 the size of the display; nothing of another model.
fn told_display(specification: &str) -> Option<bool> {
    let entries = qoe::models().iter().map(|m| &m.entry);
    let (entry, o) = Spec::parse(specification).ok()?.find("QoE model", entries).ok()?;
    (entry.name == "p1203").then(|| !o.text("display").is_empty())
}

/// A session of a video whose ladder is known, as its viewer saw it. No video says how large the display is: it is taken to be
/// as large as the largest rung.
pub(crate) fn viewing(session: &Session, ladder: &media::Ladder) -> Viewing {
    let mut viewing = Viewing::of(session).describe(ladder);
    viewing.meta.display = largest(ladder);
    viewing
}

pub(crate) fn largest(ladder: &media::Ladder) -> Option<Resolution> {
    let sizes = ladder.rungs().iter().filter_map(|r| r.resolution);
    sizes.map(|(w, h)| Resolution::new(w, h)).max_by(|a, b| a.pixels().total_cmp(&b.pixels()))
}

/// Checks that nothing is named twice.
pub(crate) fn once(what: &str, names: &[String]) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    match names.iter().find(|n| !seen.insert(n.as_str())) {
        Some(twice) => Err(Error::Input(format!("the {what} '{twice}' is given twice"))),
        None => Ok(()),
    }
}
