"""What pages say that are none: wordings that many sites use, in a dozen languages. None belongs to one site.

They are matched against text in lower case, white space squashed, with straight apostrophes. Two spaces part them.
"""

from __future__ import annotations

import re
from typing import Final


def _any(wordings: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{wording.strip()})" for wording in re.split(r"\s{2,}", wordings.strip())))


CAPTCHA: Final = _any(
    r"""
    verify (?:that )?you(?:'re| are) (?:a )?(?:human|not a robot)  (?:are|be) you a (?:human|robot)\b
    i'?a?m not a robot  just a moment\.\.\.  checking (?:if the site connection|your browser)
    prove (?:that )?you(?:'re| are) (?:human|not)  security (?:check|verification)\b  \bcaptcha\b
    enter the characters you see  complete the (?:security|challenge)  human verification
    sind sie ein (?:mensch|roboter)  kein roboter  sicherheits(?:überprüfung|abfrage|kontrolle)  pas un robot
    vérifi(?:cation de sécurité|ez que vous êtes)  no (?:soy|eres) un robot
    verific(?:a|ación) (?:que eres|de seguridad)  non sono un robot  verifica di sicurezza  não sou um robô
    ik ben geen robot  nie jestem robotem  я не робот  проверка безопасности  robot değilim
    ロボットではありません  我不是机器人  安全验证  人机验证
    """
)
BLOCKED: Final = _any(
    r"""
    access (?:is |has been |to this \w+ (?:is|has been) )?denied  you(?:'ve| have) been blocked
    (?:request|access|ip)(?: address)?(?: has been| was| is)? (?:temporarily )?blocked  \b403\b.{0,12}forbidden
    ^forbidden$  unusual (?:traffic|activity)  automated (?:requests|access|traffic)  pardon our interruption
    too many requests  rate limit(?:ed| exceeded)  error 10(?:20|15|06)\b
    (?:not|isn't) available in your (?:country|region|location)  bot (?:traffic|activity|detected)
    zugriff (?:wurde )?(?:verweigert|gesperrt|blockiert)  zu viele anfragen
    ungewöhnliche[rn]? (?:datenverkehr|aktivität)  accès (?:refusé|interdit|bloqué)  trop de requêtes
    acceso (?:denegado|bloqueado)  demasiadas (?:solicitudes|peticiones)  accesso (?:negato|bloccato)  acesso negado
    toegang geweigerd  odmowa dostępu  dostęp zablokowany  åtkomst nekad  доступ (?:запрещ[её]н|ограничен)
    erişim engellendi  アクセスが拒否  访问被拒绝  访问过于频繁
    """
)
SERVER_ERROR: Final = _any(
    r"""
    internal (?:server )?error  \b50[0234]\b.{0,20}(?:error|gateway|unavailable|time-?out)  error 50[0-4]\b
    bad gateway  gateway time-?out  service (?:is )?(?:temporarily )?unavailable  temporarily (?:unavailable|down)
    error establishing a database connection  database (?:connection )?error  could not connect to (?:the )?database
    something went wrong  an? (?:unexpected |application )?error (?:has )?occurred  application error  fatal error:
    uncaught (?:\w+)?(?:exception|error)  traceback \(most recent call last\)  stack trace
    (?:down for|under|scheduled) maintenance  we'll be (?:right )?back  server (?:error|is busy)
    interner (?:server)?fehler  wartungsarbeiten  vorübergehend nicht (?:erreichbar|verfügbar)
    (?:ein|es ist ein) fehler (?:ist )?aufgetreten  erreur (?:interne|serveur|du serveur)
    une erreur (?:est survenue|s'est produite)  temporairement indisponible  en (?:cours de )?maintenance
    error (?:interno|del servidor)  algo salió mal  en mantenimiento  errore (?:interno|del server)  in manutenzione
    erro (?:interno|do servidor)  em manutenção  er is (?:iets misgegaan|een fout opgetreden)  interne serverfout
    błąd (?:wewnętrzny|serwera)  wewnętrzny błąd  ett fel har inträffat  внутренняя ошибка  ошибка сервера
    технические работы  sunucu hatası  サーバーエラー  メンテナンス中  服务器错误  系统维护
    """
)
SOFT_404: Final = _any(
    r"""
    \b404\b
    (?:page|file|article|product|item|document|url|content) (?:was |is |could |can )?(?:not|n't) (?:be )?found
    (?:page|article|product|item|content)\W.{0,40}(?:can't|cannot|could ?n[o']t|couldn't) be found
    ^(?:error:? )?not found$
    (?:page|article|product|item|content).{0,40}(?:does ?n[o']t|doesn't|no longer) (?:exist|available)
    (?:we )?(?:can't|cannot|couldn't|could not) find (?:the|that|this) page
    nothing (?:was |could be )?found (?:here|at this)
    (?:page|product|item|article) (?:is |has been )?(?:no longer available|removed|deleted|gone|unavailable)
    seite (?:konnte )?(?:leider )?nicht (?:gefunden|mehr|vorhanden)  seite existiert nicht  nicht gefunden
    page (?:introuvable|non trouvée|inexistante)  page n'existe (?:pas|plus)
    página no (?:encontrada|existe|disponible)  no (?:se ha )?(?:encontrad[oa]|encontramos)
    pagina (?:non (?:trovata|disponibile)|niet gevonden)  página não (?:encontrada|existe)  pagina bestaat niet
    nie znaleziono  strona nie istnieje  sidan (?:hittades inte|finns inte|kunde inte hittas)
    siden (?:ble ikke funnet|blev ikke fundet|findes ikke|finnes ikke)  sivua ei löy  stránka nenalezena
    страница не найдена  страницы не существует  sayfa bulunamadı  ページが見つかりません  页面不存在
    找不到(?:该|此|您)?.{0,8}页面  페이지를 찾을 수 없
    """
)
LOGIN: Final = _any(
    r"""
    (?:please )?(?:log|sign) ?[io]n\b  \blogin\b  (?:you )?(?:must|need to|have to) (?:be logged|log|sign)
    members? (?:only|area|login)  session (?:has )?(?:expired|timed out)  \banmelden\b  \beinloggen\b  \banmeldung\b
    se connecter  connectez-vous  \bconnexion\b  identifiez-vous  inici(?:a|ar) (?:de )?sesión  \bacceder\b
    \baccedi\b  \bentrar\b  iniciar sessão  faça login  \binloggen\b  zaloguj  logowanie  logga in  logg? inn?\b
    log ind  kirjaudu  přihl[áa]  войти  вход\b  авторизация  giriş yap  ログイン  登录  登入  로그인
    """
)
CONSENT: Final = _any(
    r"""
    before you continue  we value your privacy  your privacy (?:choices|matters)
    privacy (?:settings|preferences|choices)  cookie (?:consent|settings|preferences|policy|notice)
    (?:we|and our) .{0,30}partners  (?:manage|your) (?:consent|cookies)  accept (?:all )?cookies  ^cookies?$
    confirm (?:that )?you(?:'re| are) (?:over|at least|18|21)  (?:are you|age) (?:over|of legal|verification|18)
    bevor sie fortfahren  ihre privatsphäre  (?:cookie-?|datenschutz-?)einstellungen
    wir (?:und unsere .{0,20}partner|verwenden cookies)  zustimmung  einwilligung  avant de continuer
    respect(?:e|ons) (?:de )?votre vie privée  gestion des cookies  votre consentement  antes de continuar
    (?:tu|su) privacidad  (?:uso|política) de cookies  prima di continuare  la tua privacy  sua privacidade
    voordat je verdergaat  (?:jouw|uw|je) privacy  twoja prywatność  zanim przejdziesz  din integritet
    прежде чем продолжить  файлы cookie  çerez  同意  クッキー
    """
)
AGREE: Final = _any(
    r"""
    ^(?:i )?(?:accept|agree|allow|consent|confirm|continue|enter|reject|decline)\b  ^(?:yes|got it|ok|okay)\b
    (?:alle[sn]? )?(?:akzeptieren|zustimmen|ablehnen|erlauben)  (?:tout )?(?:accepter|refuser)  j'accepte
    (?:aceptar|rechazar|acepto)  (?:accett[ao]|rifiuta)  (?:aceitar|concordo)  accepteren|akkoord  akceptuj|zgadzam
    godkänn|acceptera|godta|accepter  принять|согласен  kabul  同意|接受
    """
)
"""What the button of a consent page says."""
NEEDS_SCRIPT: Final = _any(
    r"""
    enable javascript  javascript (?:is )?(?:disabled|required)  requires javascript  ^loading\W*$
    """
)
"""What a page without text says that is drawn by scripts."""
SMALL_WORDS: Final = {
    "en": "the of and to in is that for with on was as are by this from be at you it not have your",
    "de": "der die und das ist nicht mit den von zu auf für ein eine sich dem des im auch wird werden sie aus",
    "fr": "le la les des et est une dans pour que qui sur avec pas du par au plus vous nous ce cette ou",
    "es": "el los las y del que en una por con para es se su al lo como más pero este esta son",
    "it": "il che di e la per una con non sono del della è nel gli dei le alla si più come anche",
    "pt": "o os as que do da em um uma para com não por é se no na dos das mais ao como",
    "nl": "het een van en de is dat op te voor met niet zijn aan er die bij ook uit om wordt",
    "pl": "i w na z się nie do jest że to o po dla przez od są jak oraz przy czy",
    "sv": "och att det som en på är av för med till inte den ett har de om kan från var",
    "da": "og at det som en på er af for med til ikke den et har de om kan fra blev",
    "fi": "ja on ei se että oli ovat myös kun mutta tai hän joka kuin niin sen tämä",
    "cs": "a se na je v že s do to o z pro jako jsou by ale po od který si",
    "tr": "ve bir bu için ile de da olarak çok daha olan en gibi ne kadar sonra",
}
"""Words that texts of a language are full of, and others are not."""
