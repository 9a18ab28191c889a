//! What can be given for a network: a trace, or something that makes a link.

use std::fmt;
use std::sync::Arc;

use netmodel::{NetworkModel, Trace};

use crate::{Profile, SimError};

/// Makes a link for every session.
///
/// A [`Trace`] is one, replayed as the profile says, with its impairments; [`made_network`] is a closure with a name.
#[auto_impl::auto_impl(Box)]
pub trait Network: Sync {
    /// What it is called in tables, charts and records.
    fn name(&self) -> &str;

    /// The trace, where it is one: then the engine makes the link.
    fn trace(&self) -> Option<&Arc<Trace>> {
        None
    }

    /// A link before its first session. The seed is that of the session.
    fn link(&self, profile: &Profile, seed: u64) -> Result<Box<dyn NetworkModel>, SimError>;
}

impl Network for Arc<Trace> {
    fn name(&self) -> &str {
        Trace::name(self)
    }
    fn trace(&self) -> Option<&Arc<Trace>> {
        Some(self)
    }
    fn link(&self, profile: &Profile, seed: u64) -> Result<Box<dyn NetworkModel>, SimError> {
        let link = netmodel::impair::link(self.clone(), profile.link, &profile.impairments, seed)?;
        Ok(Box::new(link))
    }
}

/// A network by a closure that makes its link from the seed of the session.
#[derive(Clone)]
pub struct MadeNetwork<F> {
    name: String,
    make: F,
}

impl<F> fmt::Debug for MadeNetwork<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MadeNetwork").field(&self.name).finish()
    }
}

/// A network of one's own under a name: the closure makes its link from the seed of the session.
pub fn made_network<N, F>(name: impl Into<String>, make: F) -> MadeNetwork<F>
where
    N: NetworkModel + 'static,
    F: Fn(u64) -> N + Sync,
{
    MadeNetwork { name: name.into(), make }
}

impl<N: NetworkModel + 'static, F: Fn(u64) -> N + Sync> Network for MadeNetwork<F> {
    fn name(&self) -> &str {
        &self.name
    }
    fn link(&self, _: &Profile, seed: u64) -> Result<Box<dyn NetworkModel>, SimError> {
        Ok(Box::new((self.make)(seed)))
    }
}
