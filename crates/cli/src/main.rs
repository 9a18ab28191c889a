//! The `segue` command; all of it is in the library.

fn main() -> std::process::ExitCode {
    segue_cli::main_with(std::env::args_os())
}
