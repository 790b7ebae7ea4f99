"""The words of which servers make their replies.

A reply to what may be a secret may repeat it: decoded, cut, in other letters. Of such a reply only words are kept that
servers say to anybody. The list is of the replies of common servers (Postfix, Exim, sendmail, qmail, Dovecot, Exchange,
OpenSMTPD, hMailServer) and mail providers, in English and French, and of the words that `verdict.refusals` reads; no
word is in it that tells one user from another.
"""

from __future__ import annotations

_ENGLISH = """
    a able abort aborted about accept acceptable accepted accepting access account accounts action active address
    addresses administrator after again alias all allow allowed already also an and anonymous another any apop
    appears application are aren argument arguments as ask at attempt attempted attempting attempts auth
    authenticate authenticated authentication authenticator authorisation authorised authority authorization
    authorize authorized available back bad base64 be because been before begin being black blackholed blacklist
    blacklisted block blocked blocklist buffer busy but by bye call can can't cannot cert certificate challenge
    characters check client clients close closed closing code command commands complete completed configuration
    configured connect connection connections contact content contents continue correct could couldn couldn't
    credential credentials currently customer daily data decode decoding default deferred delayed delivery denied
    denylist dial did didn directly disabled disallowed disconnect disconnected disconnecting disk dkim dmarc dns do
    does doesn doesn't domain domain's domains don't down due during dynamic dynamically e e-mail either email
    enable enabled encrypted encryption end enhanced enough enter envelope error errors esmtp establish exceed
    exceeded exceeds exchange exist exists expected expired external extra fail failed failing fails failure
    failures fast fatal fault first following for forbidden format found framework frequent frequently from full
    further generic get give given go goodbye greeting grey-listed greylisted greylisting had has hasn have haven
    hello helo help host hostname hourly how html http https i identity if illegal imap impossible in inactive
    incomplete incorrect info information initial input insecure insufficient internal internet invalid invite ip is
    isn isn't issue issued it its later learn least length less limit limited line lines list listed lmtp local
    locked log log-in logged login logon long look looking lookup mail mailbox mails mailserver malformed mandatory
    many maximum may me mechanism mechanisms message messages minutes missing mode more most much must mx name names
    need needed needs network new no non none not nothing now number of ok okay on one online only open operation or
    other our out over own owned parameter parameters parse password passwords peer per perhaps permanent
    permanently permission permitted person please pleased policies policy poor pop pop3 port possible postmaster
    prior problem process processing program prohibited proper protected protection protocol provide provided
    provider proxy ptr queued quickly quit quota rate rbl rbls rcpthosts reached read ready real reason received
    recipient recipients recognised recognized refer refuse refused refuses reject rejected rejection relay relayed
    relaying remote reply reputation request requested require required requires reset resolve resource resources
    response restricted retry return returned reverse revoked sasl scheme seconds secure secured security see send
    sender sending sent sequence server servers service session sessions shouldn sign signed site size slow smtp
    smtpclientauthentication so some something sorry spam spams specified spf ssl start started starttls state
    status still stop submission submit submitted succeed succeeded success successful successfully such supplied
    support supported suspended syntax system table take temporarily temporary terminated terminating than thank
    that the their them then there they this those throttled throttling through time timed timeout times tls to
    token too transaction transfer transmission transport try trying turn type unable unacceptable unauthenticated
    unauthorised unauthorized unavailable understand understood unexpected unimplemented unknown unlisted
    unrecognised unrecognized unsuccessful unsupported until unusual up us use used user user's username users using
    valid validation verification verified verify version via virtual wait want was wasn't way we weak web webmail
    welcome were what when where whether which while will with without won't wouldn wrong yet you your yourself
"""
_FRENCH = """
    abord acces accès actuellement adresse apres après atteint atteinte attente au aucun aucune authentification
    authentifie authentifier authentifié autorise autorisee autorisé autorisée aux avant avec avez boite boîte c ce
    ces cette chiffrement client code commande compte configuration connecte connecter connexion connexions
    contacter courriel courrier d de delai depasse depassee des desactive destinataire devez doit du délai dépassé
    désactivé echec echoue echouee emetteur en erreur errone essai essayer est et etre existe expediteur expire
    expéditeur grise hors identifiant identifiants identification identifier identite identité impossible inconnu
    inconnue incorrect incorrecte incorrects indisponible inexistant inexistante interdit interdite interne
    introuvable invalide invalides l la le les limite liste mauvaise maximum mecanisme message messagerie messages
    mot motif mécanisme n ne necessaire noire nom nombre non nécessaire obligatoire ou par parametre paramètre pas
    passe permis pleine plus politique pour pouvez premier qu que qui reessayer reessayez refus refuse refusee
    refusé refusée relai relais relayage reponse requete requis requise requête reseau réessayer réessayez réponse
    réseau s securise securisee serait serveur service session si site sont sur syntaxe sécurisé sécurisée
    temporaire temporairement tentative tentatives trop un une utilisateur utiliser valide verifier verifiez vers
    veuillez votre vous vérifier vérifiez à échec échoué échouée émetteur être
"""
_VERBS = """
    atrn auth bdat burl data ehlo etrn expn helo help lhlo mail noop quit rcpt rset saml send soml starttls turn vrfy
    xclient xforward 8bitmime binarymime chunking dsn enhancedstatuscodes pipelining smtputf8
"""
"""And EHLO's keywords."""
_PLACES = """
    abuseat apple barracuda barracudacentral cbl com dnsbl dovecot exim gmail google gsmtp hotmail laposte live lpn
    microsoft microsoftonline net office365 ofr orange org outlook postfix postgrey qmail sendmail sfr sorbs spamcop
    spamhaus support www yahoo zen
"""
"""Makers and providers, as their replies name them."""

WORDS = frozenset((_ENGLISH + _FRENCH + _VERBS + _PLACES).split())
"""Lower case."""
