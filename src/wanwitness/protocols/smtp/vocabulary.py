"""The words of which servers make their replies.

A reply to what may be a secret may repeat it: decoded, cut, in other letters. Of such a reply only words are kept that
servers say to anybody. The list is of the replies of common servers (Postfix, Exim, sendmail, qmail, Dovecot, Exchange,
OpenSMTPD, hMailServer) and mail providers, in English and French, and of the words that `verdict.rejection` reads; no
word is in it that tells one user from another.
"""

from __future__ import annotations

_ENGLISH = """
    a able abort aborted about accept acceptable accepted accepting access account accounts action active address
    addresses administrator after again all allow allowed already also an and another anonymous any apop appears
    application are argument arguments as ask at attempt attempted attempting attempts auth authenticate
    authenticated authentication authenticator authorisation authorised authority authorization authorize authorized
    available back bad base64 be because been before begin being block blocked blocklist buffer busy but by bye call
    can cannot can't cert certificate challenge characters check client clients close closed closing code command
    commands complete completed configuration configured connect connection connections contact content contents
    continue correct could couldn't credential credentials currently data decode decoding default deferred delayed
    delivery denied dial did directly disabled disallowed disconnect disconnected disconnecting disk dmarc dkim dns
    do does doesn't domain domains don't down due during dynamic e either e-mail email enable enabled encrypted
    encryption end enhanced enough enter envelope error errors esmtp establish exceed exceeded exceeds exchange
    exist exists expected expired external extra fail failed failing fails failure failures fatal fault first
    following for forbidden format found from full further generic get give given go goodbye greeting greylisted
    greylisting grey-listed had has have hello helo help host hostname how html http https i identity if illegal
    imap impossible in inactive incomplete incorrect info information initial input insecure insufficient internal
    internet invalid invite ip is isn't issue issued it its later learn least length less limit limited line lines
    list listed lmtp local locked log logged login logon log-in long look looking lookup mail mailbox mailserver
    malformed many maximum may me mechanism mechanisms message messages minutes missing mode more most much must mx
    name need needed needs network new no non none not nothing now number of ok okay on one online only open
    operation or other our out over own parameter parameters parse password passwords peer per perhaps permanent
    permanently permission permitted please pleased policy pop pop3 port possible prior problem process processing
    program prohibited proper protected protocol provide provided provider proxy ptr queued quit quota rate rbl
    reached read ready real reason received recipient recipients recognised recognized refer refuse refused refuses
    reject rejected relay relayed relaying remote reply reputation request requested require required requires reset
    resource resources response restricted retry reverse revoked sasl scheme secure secured security see seconds
    send sender sending sent sequence server servers service session sessions sign signed site size slow smtp so
    some something sorry spam specified spf ssl start started starttls state status still stop submission submit
    submitted succeed succeeded success successful successfully such supplied support supported suspended syntax
    system table take temporarily temporary terminated terminating than thank that the their them then there they
    this those through time timed timeout times tls to token too transaction transfer transmission transport try
    trying turn type unable unacceptable unauthenticated unauthorised unauthorized unavailable understand understood
    unexpected unimplemented unknown unrecognised unrecognized unsuccessful unsupported until up us use used user
    username users using valid validation verification verified verify version via wait want was wasn't way we weak
    web webmail welcome were what when where whether which while will with without won't wrong yet you your yourself
"""
_FRENCH = """
    acces actuellement adresse apres attente au aucun aucune authentification authentifie authentifier autorise
    autorisee aux avant avec avez boite ce ces cette chiffrement client code commande compte configuration connecte
    connecter connexion connexions contacter courriel courrier d de delai depasse depassee des desactive
    destinataire devez doit du echec echoue echouee emetteur en erreur essayer essai est et etre expediteur expire
    hors identifiant identifiants identification identifier identite impossible inconnu inconnue incorrect
    incorrecte incorrects indisponible interdit interdite interne introuvable invalide invalides l la le les limite
    maximum mecanisme message messages messagerie mot motif ne necessaire nom non nombre obligatoire ou par
    parametre pas passe permis plus pour pouvez premier refus refuse refusee relais reessayer reessayez requete
    requis requise reponse reseau securise securisee serveur service session si site sont sur syntaxe temporaire
    temporairement tentative tentatives trop un une utilisateur utiliser valide vers verifier verifiez veuillez
    votre vous accès après délai dépassé échec échoué échouée authentifié autorisé autorisée désactivé émetteur
    expéditeur être identité mécanisme nécessaire paramètre refusé refusée réponse réseau réessayer réessayez
    requête sécurisé sécurisée vérifier vérifiez boîte à
"""
_VERBS = """
    atrn auth bdat burl data ehlo etrn expn helo help lhlo mail noop quit rcpt rset saml send soml starttls turn vrfy
    xclient xforward 8bitmime binarymime chunking dsn enhancedstatuscodes pipelining smtputf8
"""
"""And EHLO's keywords."""
_PLACES = """
    apple com gmail google gsmtp hotmail laposte live microsoft microsoftonline net office365 org orange outlook postfix
    exim sendmail qmail dovecot sfr spamhaus support www yahoo
"""
"""Makers and providers, as their replies name them."""

WORDS = frozenset((_ENGLISH + _FRENCH + _VERBS + _PLACES).split())
"""Lower case."""
