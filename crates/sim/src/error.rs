//! Why a simulation cannot run.

/// Everything that can be wrong before the first request; once a session runs, nothing can.
#[derive(Debug, thiserror::Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum SimError {
    /// A rule, profile or option that does not exist, or a value that it does not take.
    #[error(transparent)]
    Spec(#[from] spec::SpecError),
    /// The trace cannot be replayed that way.
    #[error("{0}")]
    Network(#[from] netmodel::NetworkError),
    /// The player's options do not fit each other or the video.
    #[error(transparent)]
    Options(#[from] player::OptionError),
    /// The original of a profile knows no live events.
    #[error(
        "profile {profile} reproduces an original without live events: expected the profile default or hlsjs-1.7.4"
    )]
    Live { profile: String },
    /// More periods than Sabre's metrics follow.
    #[error(
        "the link enters more than {most} periods in this session, and Sabre's metrics follow each: expected longer periods \
         (segue trace convert --resample 0.1 makes them), or another profile"
    )]
    Entries {
        /// How many are followed.
        most: usize,
    },
    /// The original program crashes here, and so there is nothing to reproduce.
    #[error("{original} fails on this input: {why}")]
    Original {
        original: &'static str,
        /// What it does, and what to do instead.
        why: &'static str,
    },
}
