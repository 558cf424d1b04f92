//! Making a plugin ready: it is got, verified, unpacked and looked at, and held against what is there. Until
//! [`Prepared::commit`] nothing that anybody uses has changed.

use std::{fs::File, io, path::Path};

use jiff::Timestamp;
use leash_files::atomic;
use leash_output::{Error, Kind};
use leash_trust::{Digest, Store, digest_tree};
use semver::Version;

use crate::{
    Action, Contents, Fetch, Locked, Lockfile, MANIFEST, MAX_ARCHIVE, Order, Place, Plan, Publishers, Rooms,
    Standing, Wanted,
    archive::unpack,
    asks, check,
    choose::{Candidate, choose},
    contents::make_executable,
    fetch::to_file,
    journal::{Step, carry_out},
    pack::pack,
    rooms::Stage,
    verify::{self, Arrived},
};

/// What the rest of leash knows and this crate doesn't.
pub struct World<'a> {
    /// Gets what lies at a URL.
    pub fetch: &'a dyn Fetch,
    /// Says why no plugin may have a name, where none may.
    pub taken: &'a dyn Fn(&str) -> Option<String>,
    /// Is told what is wrong and doesn't matter.
    pub warn: &'a dyn Fn(&str),
}

/// A plugin that is ready to take its place.
#[derive(Debug)]
pub struct Prepared {
    /// What will happen.
    pub plan: Plan,
    ready: Option<(Stage, Step)>,
}

/// Makes a plugin ready.
///
/// # Errors
/// [`Kind::Negative`] where it isn't what it is said to be, [`Kind::Refused`] where it may not be installed, else
/// where it can't be got. Nothing is left behind.
pub fn prepare(rooms: &Rooms, order: &Order, world: &World<'_>) -> Result<Prepared, Error> {
    if let Some(name) = order.expected.as_deref().or(match &order.wanted {
        Wanted::Named(name, _) => Some(name),
        Wanted::At(_) => None,
    }) {
        allowed(name, world)?;
    }
    let publishers = Publishers::read(rooms.paths())?;
    let lock = Lockfile::read(rooms.paths())?;
    let candidate = choose(order, world.fetch, &mut |what| (world.warn)(what))?;
    if let Some(plan) = unchanged(rooms, order, &candidate, &lock, &publishers) {
        return Ok(Prepared { plan, ready: None });
    }
    let stage = rooms.stage()?;
    get(&candidate, &stage, world.fetch)?;
    let arrived = Arrived::look(&stage.archive())?;
    let claim = verify::claim(order, &candidate, arrived, &publishers, world.fetch)?;
    let tree = stage.new_tree();
    atomic::create_dir(&tree).map_err(|error| Error::io("create", &tree, &error))?;
    unpack(&stage.archive(), &tree)?;
    let contents = check(&tree, &candidate.place.to_string())?;
    let name = contents.manifest.name.clone();
    allowed(&name, world)?;
    let standing = verify::contents(order, &candidate, &contents, claim.as_ref(), &publishers)?;
    make_executable(&tree, &name)?;
    let digest = match digest_tree(&tree) {
        Ok(digest) => Some(digest),
        // Where a dry run looks at it may be a place from which nothing may run.
        Err(_) if rooms.is_dry() => None,
        Err(error) => return Err(error),
    };
    let before = Before::look(rooms, &lock, &name)?;
    let action = before.compare(order, &contents, arrived.sha256)?;
    let pinned = match (&order.pin, &order.wanted) {
        (Some(pin), _) => *pin,
        (None, Wanted::Named(_, Some(_))) => true,
        (None, _) => before.locked.is_some_and(|locked| locked.pinned),
    };
    let platform = claim.map_or_else(|| contents.platform.clone(), |claim| claim.release.platform);
    // The same plugin, but from elsewhere, signed where it was not, or pinned: that is to be written down.
    let action = match (action, before.locked) {
        (Action::Unchanged, Some(locked))
            if locked.pinned != pinned
                || locked.publisher != standing.key()
                || (locked.source.as_str(), &locked.location) != (candidate.source, &candidate.location) =>
        {
            Action::Reinstall
        }
        (action, _) => action,
    };
    let plan = Plan {
        action,
        version: contents.version.to_string(),
        old_version: before.locked.map(|locked| locked.version.clone()),
        summary: contents.manifest.summary.clone(),
        source: candidate.source,
        location: candidate.location,
        sha256: arrived.sha256,
        digest,
        publisher: standing,
        platform,
        pinned,
        path: rooms.plugin(&name),
        asks: asks(&contents.manifest),
        asked: before.asked.clone(),
        unknown_keys: contents.unknown_keys,
        ends_grant: action != Action::Unchanged
            && digest.is_none_or(|digest| before.granted.is_some_and(|granted| granted != digest))
            && before.granted.is_some(),
        name,
    };
    let ready = match digest.filter(|_| plan.changes_something() && !rooms.is_dry()) {
        Some(digest) => {
            let step = step(&plan, &stage, digest);
            Some((stage, step))
        }
        None => None,
    };
    Ok(Prepared { plan, ready })
}

impl Prepared {
    /// Puts the plugin in its place. From one instant to the next it is there, with all of it.
    ///
    /// # Errors
    /// As the file system says; what was there before is then still there, or will be when the next command that
    /// installs begins.
    pub fn commit(self, rooms: &Rooms) -> Result<Plan, Error> {
        if let Some((_stage, step)) = &self.ready {
            carry_out(rooms, step)?;
        }
        Ok(self.plan)
    }
}

/// An index that offers what is there already: nothing needs to be fetched to see that.
fn unchanged(
    rooms: &Rooms,
    order: &Order,
    candidate: &Candidate,
    lock: &Lockfile,
    publishers: &Publishers,
) -> Option<Plan> {
    let release = &candidate.claim.as_ref()?.release;
    let locked = lock.plugin.get(&release.name)?;
    let before = Before::look(rooms, lock, &release.name).ok()?;
    let pinned = order.pin.unwrap_or(locked.pinned || matches!(order.wanted, Wanted::Named(_, Some(_))));
    let same = locked.sha256 == release.sha256 && locked.version == release.version.to_string();
    let key = candidate.claim.as_ref().map(|claim| claim.publisher);
    let origin =
        locked.source == candidate.source && locked.location == candidate.location && locked.publisher == key;
    if !same
        || !origin
        || !before.intact
        || order.reinstall
        || pinned != locked.pinned
        || order.sha256.is_some()
    {
        return None;
    }
    let path = rooms.plugin(&release.name);
    let contents = check(&path, &release.name).ok()?;
    Some(Plan {
        name: release.name.clone(),
        action: Action::Unchanged,
        version: locked.version.clone(),
        old_version: Some(locked.version.clone()),
        summary: contents.manifest.summary.clone(),
        source: candidate.source,
        location: candidate.location.clone(),
        sha256: locked.sha256,
        digest: Some(locked.digest),
        publisher: publishers.judge(&release.name, key, order.publisher).ok()?,
        platform: locked.platform.clone(),
        pinned,
        path,
        asks: asks(&contents.manifest),
        asked: before.asked,
        unknown_keys: contents.unknown_keys,
        ends_grant: false,
    })
}

fn step(plan: &Plan, stage: &Stage, digest: Digest) -> Step {
    Step::Put {
        name: plan.name.clone(),
        stage: stage.name(),
        locked: Box::new(Locked {
            version: plan.version.clone(),
            source: plan.source.to_owned(),
            location: plan.location.clone(),
            sha256: plan.sha256,
            digest,
            publisher: plan.publisher.key(),
            platform: plan.platform.clone(),
            pinned: plan.pinned,
            installed_at: Timestamp::now(),
        }),
        learn: matches!(plan.publisher, Standing::First(_) | Standing::Accepted(_)),
    }
}

fn allowed(name: &str, world: &World<'_>) -> Result<(), Error> {
    match (world.taken)(name) {
        None => Ok(()),
        Some(why) => {
            Err(Error::new(Kind::Refused, "name_taken", format!("no plugin can be called `{name}`: {why}"))
                .hint("its author can give it another name"))
        }
    }
}

fn get(candidate: &Candidate, stage: &Stage, fetch: &dyn Fetch) -> Result<(), Error> {
    let archive = stage.archive();
    match &candidate.place {
        Place::Path(dir) if candidate.source == "directory" => {
            check(dir, &candidate.place.to_string())?;
            let file = File::create_new(&archive).map_err(|error| Error::io("write", &archive, &error))?;
            pack(dir, file).map(drop)
        }
        place => {
            let claimed = candidate.claim.as_ref().map(|claim| claim.release.size);
            let limit = claimed.unwrap_or(MAX_ARCHIVE).min(MAX_ARCHIVE);
            to_file(fetch, place, limit, &archive).map_err(|error| match claimed {
                Some(size) if error.is(crate::fetch::TOO_LARGE) && size <= MAX_ARCHIVE => {
                    verify::other_size(place, size)
                }
                _ => error,
            })
        }
    }
}

/// What is there already.
struct Before<'a> {
    locked: Option<&'a Locked>,
    /// Whether it is as it was installed.
    intact: bool,
    asked: Option<Vec<String>>,
    granted: Option<Digest>,
}

impl<'a> Before<'a> {
    fn look(rooms: &Rooms, lock: &'a Lockfile, name: &str) -> Result<Self, Error> {
        let path = rooms.plugin(name);
        let locked = lock.plugin.get(name);
        let there = match path.symlink_metadata() {
            Ok(_) => true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(Error::io("read", &path, &error)),
        };
        if there && locked.is_none() {
            return Err(Error::new(
                Kind::Refused,
                "not_ours",
                format!("`{}` is there, and leash didn't install it", path.display()),
            )
            .hint(format!("remove it first: `leash plugin remove {name}`")));
        }
        let intact =
            locked.is_some_and(|locked| digest_tree(&path).is_ok_and(|digest| digest == locked.digest));
        // A grant that can't be read grants nothing, so nothing ends.
        let granted = Store::open(rooms.paths()).get(name).ok().flatten().map(|grant| grant.digest);
        Ok(Self { locked, intact, asked: locked.and_then(|_| asked(&path, name)), granted })
    }

    fn compare(&self, order: &Order, contents: &Contents, sha256: Digest) -> Result<Action, Error> {
        let Some(locked) = self.locked else { return Ok(Action::Install) };
        let (name, new) = (&contents.manifest.name, &contents.version);
        let Ok(old) = Version::parse(&locked.version) else { return Ok(Action::Mend) };
        let explicit = matches!(order.wanted, Wanted::Named(_, Some(_))) || order.pin.is_some();
        if locked.pinned && *new != old && !explicit {
            // The index that it came from may be none of those in the settings.
            let anew = if locked.source == "index" {
                let index = &locked.location;
                format!(", `leash plugin install {name}@{new} --index {index}` pins it anew")
            } else {
                String::new()
            };
            return Err(Error::new(Kind::Refused, "pinned", format!("`{name}` is pinned at {old}"))
                .hint(format!("`leash plugin update {name} --unpin` updates it{anew}")));
        }
        if *new > old {
            return Ok(Action::Update);
        }
        if *new < old {
            if order.allow_downgrade {
                return Ok(Action::Downgrade);
            }
            return Err(Error::new(
                Kind::Refused,
                "downgrade",
                format!("`{name}` {old} is installed, and this is {new}, which is older"),
            )
            .hint(
                "older versions may have faults that were mended since; if you mean it: `--allow-downgrade`",
            ));
        }
        if locked.sha256 == sha256 {
            return Ok(match (self.intact, order.reinstall) {
                (false, _) => Action::Mend,
                (true, true) => Action::Reinstall,
                (true, false) => Action::Unchanged,
            });
        }
        if order.reinstall {
            return Ok(Action::Reinstall);
        }
        Err(Error::new(
            Kind::Refused,
            "same_version",
            format!("`{name}` {old} is installed, and this calls itself {new} too but is another archive"),
        )
        .hint("a new release has a new version; if you mean it: `--reinstall`"))
    }
}

/// What the installed version asks for; none where that can't be told.
fn asked(dir: &Path, name: &str) -> Option<Vec<String>> {
    leash_trust::load_manifest(&dir.join(MANIFEST), name).ok().map(|loaded| asks(&loaded.manifest))
}
