//! Runs the engine in a Job's pod: one plan, or one apply.

fn main() -> std::process::ExitCode {
    cloud_engine::runner::main()
}
