//! `segue completions`: what a shell needs to complete commands and options.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::{Cli, Error, console};

/// What `segue completions` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue completions bash > ~/.local/share/bash-completion/completions/segue
  segue completions zsh > ~/.zfunc/_segue
  segue completions fish > ~/.config/fish/completions/segue.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub(crate) fn main(args: &CompletionsArgs) -> Result<(), Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "segue", &mut script);
    console::print(&String::from_utf8_lossy(&script))
}
