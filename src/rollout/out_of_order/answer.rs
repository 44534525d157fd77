//! What the ledger is told of things out of order, and the owner's word about them.

use super::{InSight, Item, ItemId, Kind, Way};
use crate::rollout::event::{Draft, Fact, Sighted};
use crate::rollout::fold::{ItemLog, Rollout};

/// The longest sentence that goes into the ledger, in characters.
const LONGEST: usize = 1_000;

/// The items that the ledger doesn't know of. While one waits for the owner, what it turns into is only shown, so that a
/// value that changes all the time doesn't fill the ledger.
pub fn told<'a>(rollout: &Rollout, items: &'a [Item]) -> Vec<&'a Item> {
    let known = |item: &&Item| {
        let logged = rollout.out_of_order.get(&item.id);
        logged.is_some_and(|logged| logged.accepted.is_none() || logged.seen == item.seen)
    };
    items.iter().filter(|item| !known(item)).collect()
}

/// The fact that an item is out of order.
pub fn found(item: &Item) -> Draft {
    let says = item.says.chars().take(LONGEST).collect();
    let fact = Fact::OutOfOrder { item: item.id.clone(), seen: Some(item.seen.clone()), says };
    Draft { step: item.step.clone(), ..Draft::release(fact) }
}

/// The facts that things which waited for the owner are as they should be again: seen so by a look that was begun after they
/// were found, and while nothing of ours is at work.
pub fn gone(rollout: &Rollout, sight: &InSight) -> Vec<Draft> {
    if rollout.open().next().is_some() || !rollout.undecided().is_empty() {
        return Vec::new();
    }
    let open = rollout.out_of_order.iter().filter(|(_, logged)| logged.accepted.is_none());
    let right = open.filter(|(id, logged)| {
        sight.answered.get(*id).is_some_and(|after| *after >= logged.by)
            && !sight.items.iter().any(|item| item.id == **id)
    });
    let fact = |(id, logged): (&ItemId, &ItemLog)| {
        let says = format!("it is as it should be again; found was: {}", logged.says);
        let says = says.chars().take(LONGEST).collect();
        let fact = Fact::OutOfOrder { item: id.clone(), seen: None, says };
        Draft { step: logged.step.clone(), ..Draft::release(fact) }
    };
    right.map(fact).collect()
}

/// The owner's word that an item may be as it is: about exactly the value that was seen.
pub fn accept(rollout: &Rollout, item: &Item, reason: &str) -> Vec<Draft> {
    let waits = rollout.out_of_order.get(&item.id).is_some_and(|log| log.accepted.is_none() && log.seen == item.seen);
    let sighted = Sighted { item: item.id.clone(), seen: item.seen.clone() };
    let accepted = Fact::Accepted { reason: reason.to_owned(), item: Some(sighted) };
    let accepted = Draft { step: item.step.clone(), ..Draft::release(accepted) };
    if waits { vec![accepted] } else { vec![found(item), accepted] }
}

/// An item as the ledger knows it, where it can't be seen now.
pub fn as_logged(id: &ItemId, logged: &ItemLog) -> Item {
    let kind = match id.as_str().rsplit_once(':').map(|(_, place)| place) {
        None => Kind::Flag,
        Some("package") => Kind::Package,
        Some("deployed") => Kind::Deployed,
        Some(_) => Kind::Ref,
    };
    Item {
        id: id.clone(),
        kind,
        // what can't be seen can't be proved either: it is accepted as it was
        way: Way::Moved,
        repo: id.as_str().split_once(':').and_then(|(repo, _)| repo.parse().ok()),
        step: logged.step.clone(),
        place: id.to_string(),
        seen: logged.seen.clone(),
        says: logged.says.clone(),
        at: logged.at,
    }
}
