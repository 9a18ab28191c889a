//! What a model says of itself in the registry.

use spec::{Entry, Options};

use crate::{About, Additive, QoeError, QoeModel, Viewing};

/// A model behind a name.
pub type BoxedModel = Box<dyn QoeModel + Send + Sync>;

/// An additive model behind a name.
pub type BoxedAdditive = Box<dyn Additive + Send + Sync>;

/// A model that can be had by name.
#[derive(Clone, Copy, Debug)]
pub struct ModelInfo {
    /// Its name, one line on what it is and where it comes from, and its options with their defaults. An option whose
    /// default is empty is either derived from others or must be given; its line says which.
    pub entry: Entry,
    pub(crate) build: fn(&Options) -> Result<Built, QoeError>,
}

/// A model as its file builds it.
pub(crate) enum Built {
    Additive(BoxedAdditive),
    Whole(BoxedModel),
}

impl Built {
    pub(crate) fn additive(model: impl Additive + Send + Sync + 'static) -> Result<Built, QoeError> {
        Ok(Built::Additive(Box::new(model)))
    }

    pub(crate) fn whole(model: impl QoeModel + Send + Sync + 'static) -> Result<Built, QoeError> {
        Ok(Built::Whole(Box::new(model)))
    }
}

/// A box is used like the model in it.
impl QoeModel for BoxedModel {
    fn about(&self) -> About {
        (**self).about()
    }

    fn score(&self, viewing: &Viewing) -> Result<crate::Score, QoeError> {
        (**self).score(viewing)
    }
}
