//! The files that run, or decide what runs, when the user next opens a shell or a session.
//!
//! Those that lie in the home directory itself and aren't there yet need no entry: nothing can be created there.

/// In the home directory.
pub(crate) const IN_HOME: &[&str] = &[
    // sh, ksh and bash
    ".profile",
    ".shrc",
    ".shinit",
    ".kshrc",
    ".mkshrc",
    ".bashrc",
    ".bash_profile",
    ".bash_login",
    ".bash_logout",
    ".bash_aliases",
    ".bash_completion",
    ".bash_completion.d",
    ".bashrc.d",
    ".inputrc",
    // csh
    ".cshrc",
    ".tcshrc",
    ".login",
    ".logout",
    // what installers have the above read
    ".cargo/env",
    ".cargo/env.fish",
    ".nvm/nvm.sh",
    ".nvm/bash_completion",
    ".fzf.bash",
    ".fzf.zsh",
    ".sdkman/bin",
    ".asdf/asdf.sh",
    ".pyenv/libexec",
    // logging in, locally, graphically or through ssh
    ".pam_environment",
    ".xprofile",
    ".xinitrc",
    ".xsession",
    ".xsessionrc",
    ".ssh",
    // what opens shells, and what shells call at every prompt
    ".tmux.conf",
    ".tmux",
    ".screenrc",
    ".gitconfig",
    ".elvish",
    ".xonshrc",
];

/// In the home directory, or in ZDOTDIR.
pub(crate) const OF_ZSH: &[&str] = &[
    ".zshenv",
    ".zprofile",
    ".zshrc",
    ".zlogin",
    ".zlogout",
    ".zsh",
    ".oh-my-zsh",
    ".zprezto",
    ".zinit",
    ".p10k.zsh",
];

/// In the directory for configuration.
pub(crate) const IN_CONFIG: &[&str] = &[
    "fish",
    "nushell",
    "elvish",
    "powershell",
    "xonsh",
    "zsh",
    "bash",
    "bash-completion",
    "starship.toml",
    "tmux",
    "git",
    "autostart",
    "systemd",
    "environment.d",
    "plasma-workspace",
];

/// In the directory for data: vendors' files for shells, and services that are started on demand.
pub(crate) const IN_DATA: &[&str] =
    &["fish", "bash-completion", "zinit", "systemd", "dbus-1", "applications"];
