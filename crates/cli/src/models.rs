//! The QoE models of a command line.

use std::collections::BTreeSet;

use qoe::{BoxedModel, Score, Session, Viewing};

use crate::Error;

/// The models that are asked when none is named. The first is the one that charts and sentences are about: of the simple
/// models it follows people best, and it is a mean over time, so that sessions of any length compare.
pub const DEFAULT_MODELS: [&str; 3] = ["bola", "pensieve-lin", "yin"];

/// Some models, each with the specification that made it.
pub struct Models {
    /// The specifications, as given.
    pub names: Vec<String>,
    models: Vec<BoxedModel>,
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
        Ok(Models { names, models })
    }

    /// The scores of a viewing, in the order of the models.
    ///
    /// # Errors
    /// [`Error::Input`] for a model that needs what this session does not have.
    pub fn score(&self, viewing: &Viewing) -> Result<Vec<Score>, Error> {
        Ok(qoe::score_all(&self.models, viewing)?)
    }

    /// The score of one model, or the reason why there is none.
    pub(crate) fn one(&self, model: usize, viewing: &Viewing) -> Result<Score, qoe::QoeError> {
        self.models.get(model).ok_or(qoe::QoeError::NothingPlayed)?.score(viewing)
    }

    /// What the numbers of each model mean.
    pub(crate) fn scales(&self) -> impl Iterator<Item = qoe::Scale> {
        self.models.iter().map(|m| m.scale())
    }
}

/// A session of a video whose ladder is known, as its viewer saw it.
pub(crate) fn viewing(session: &Session, ladder: &media::Ladder) -> Viewing {
    Viewing::of(session).describe(ladder)
}

/// Checks that nothing is named twice.
pub(crate) fn once(what: &str, names: &[String]) -> Result<(), Error> {
    let mut seen = BTreeSet::new();
    match names.iter().find(|n| !seen.insert(n.as_str())) {
        Some(twice) => Err(Error::Input(format!("the {what} '{twice}' is given twice"))),
        None => Ok(()),
    }
}
