"""What pages say that are none: wordings that many sites use, in two dozen languages. None belongs to one site.

They are matched against text as ``plain`` makes it. Two spaces part them. That a search finds nothing ("ничего не
найдено") is no such thing, nor is that a thing is sold out; what is said of things as well as of pages only counts at
the beginning.
"""

from __future__ import annotations

import re
from typing import Final

from learner.pages.page import squash

# Marks above and below Arabic letters, what lengthens words, what keeps letters apart, and the dot that "İ" leaves.
_ABOVE: Final = re.compile("[\u064b-\u0652\u0670\u0640\u200c\u200e\u200f\u0307]")
_ALIKE: Final = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ي": "ی", "ى": "ی", "ك": "ک", "’": "'"})


def plain(text: str) -> str:
    """The text in lower case, white space squashed, with straight apostrophes; letters of Arabic that many write for
    one another are alike."""
    text = squash(text).lower().replace("…", "...")
    return text if text.isascii() else _ABOVE.sub("", text.translate(_ALIKE))


def _any(wordings: str) -> re.Pattern[str]:
    wordings = wordings.translate(_ALIKE)
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
    ik ben geen robot  nie jestem robotem  проверка безопасности  robot değilim
    я не робот  nejsem robot  لست (?:برنامج )?روبوت  (?:تحقق|التحقق) من انك (?:انسان|لست)  אני לא רובוט  אינני רובוט
    ロボットではありません  我不是机器人  我不是機器人  安全验证  安全驗證  人机验证  로봇이 아닙니다
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
    слишком много запросов  доступ заборонено  přístup (?:odepřen|zamítnut)  erişim (?:engellendi|reddedildi)
    تم (?:رفض|حظر|منع) (?:الوصول|وصولک)  הגישה (?:נדחתה|נחסמה)  アクセスが(?:拒否|制限)
    (?:访问|訪問|存取)被(?:拒绝|拒絕)  访问过于频繁  (?:접근|액세스)이? ?(?:거부|차단)
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
    технические работы  помилка сервера  chyba serveru  probíhá údržba  przerwa techniczna  sunucu hatas[ıi]
    bakım çalışması  خطا (?:داخلي )?في الخادم  שגיאת שרת  サーバーエラー  メンテナンス中  服务器错误  伺服器錯誤
    系统维护  系統維護  서버 오류  서버 점검
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
    nie znaleziono  stron[ay]\b.{0,40}nie (?:istnieje|została znaleziona)
    nie (?:możemy|można|udało się) (?:znaleźć|odnaleźć) (?:\w+ )?strony  ^(?:produkt|artykuł|ogłoszenie) nie istnieje
    sidan (?:hittades inte|finns inte|kunde inte hittas)
    siden (?:ble ikke funnet|blev ikke fundet|findes ikke|finnes ikke)  sivua ei löy
    stránk[au]\b.{0,40}(?:nenalezena|neexistuje|nebyla nalezena|nepodařilo (?:najít|nalézt)|sa nenašla)
    ^(?:produkt|zboží|článek|inzerát) (?:nebylo? nalezen|nenalezen|neexistuje)
    oldal\b.{0,20}nem (?:található|létezik)  pagina\b.{0,30}nu (?:a fost găsită|(?:mai )?există)
    σελίδα\b.{0,30}δεν (?:βρέθηκε|υπάρχει)
    страница\b.{0,40}(?:не (?:найдена|существует|обнаружена)|(?:была )?(?:удалена|перемещена))
    страницы\b.{0,25}(?:не существует|не найдено|\bнет\b)
    не (?:удалось|смогли|можем) найти (?:\w+ )?страницу
    ^(?:извините\W{1,3}|к сожалению\W{1,3})?(?:товар|объявление|статья|документ|рецепт) не (?:найден|существует)
    сторінк[ауи]\b.{0,40}(?:не (?:знайден[ао]|існує)|немає)  ^(?:товар|статтю|оголошення) не знайдено
    (?:halaman|laman)\b.{0,25}tidak (?:ditemukan|ada)  trang\b.{0,25}không tồn tại  không tìm thấy trang
    sayfa\w*\b.{0,30}(?:bulunamad[ıi]|bulunam[ıi]yor|mevcut değil|\byok\b)
    ^(?:ürün|makale|içerik|ilan|tarif) bulunamad[ıi]
    (?:الصفحة|صفحة)\b.{0,40}(?:غير (?:موجود|متوفر|متاح)|لم تعد (?:موجود|متوفر|متاح)|لا (?:توجد|يوجد)\b)
    (?:العثور|نعثر|نجد) (?:علی )?(?:هذه )?(?:الصفحة|صفحة)
    ^(?:عذرا\W{1,3})?(?:هذ[اه] )?(?:المنتج|المقال|المقالة|المحتوی|الوصفة|الاعلان|الرابط) غير موجود
    صفحه.{0,40}(?:يافت نشد|پيدا نشد|وجود ندارد)
    (?:הדף|דף|העמוד|עמוד)(?: \w+){0,4} (?:לא נמצא|אינו קיים|לא קיים|הוסר)
    לא (?:מצאנו|הצלחנו למצוא) את (?:הדף|העמוד)  ^(?:המוצר|הפריט|הכתבה|המתכון) לא נמצאה?
    ページ[はが].{0,12}(?:見つかり|見付かり|存在し|ござい)(?:ません|ない)  ページは.{0,12}(?:移動|削除)
    (?:お探し|ご指定|指定|要求)(?:の|された)(?:商品|記事|作品|レシピ|情報)[はが].{0,8}(?:見つかり|存在し)ません
    (?:页面|頁面|网页|網頁)(?:已)?(?:不存在|未找到|没有找到|沒有找到|找不到|无法找到|無法找到|被?(?:删除|刪除))
    (?:找不到|没有找到|沒有找到|未找到|无法找到|無法找到).{0,10}(?:页面|頁面|网页|網頁)
    (?:访问|訪問|查看|浏览|瀏覽|请求|請求|要找|寻找)的(?:商品|文章|内容|內容|信息)(?:已)?(?:不存在|被?(?:删除|刪除))
    페이지(?:를|가|는)? ?.{0,12}(?:찾을 수 없|존재하지 않|없습니다)  존재하지 않는 (?:페이지|상품|게시물|게시글)
    ไม่พบหน้า  (?:पृष्ठ|पेज) (?:नहीं मिला|मौजूद नहीं)
    """
)
LOGIN: Final = _any(
    r"""
    (?:please )?(?:log|sign) ?[io]n\b  \blogin\b  (?:you )?(?:must|need to|have to) (?:be logged|log|sign)
    members? (?:only|area|login)  session (?:has )?(?:expired|timed out)  \banmelden\b  \beinloggen\b  \banmeldung\b
    se connecter  connectez-vous  \bconnexion\b  identifiez-vous  inici(?:a|ar) (?:de )?sesión  \bacceder\b
    \baccedi\b  \bentrar\b  iniciar sessão  faça login  \binloggen\b  zaloguj  logowanie  logga in  logg? inn?\b
    log ind  kirjaudu  přihl[áa]  prihlás  bejelentkez  autentific  conectează-te  σύνδεση
    войти  войдите  вход\b  авторизация  авторизуйтесь  увійти  увійдіть  вхід\b  giriş yap  oturum aç  üye girişi
    تسجيل الدخول  سجل الدخول  وارد شويد  ورود به (?:حساب|سايت)  התחבר(?:ות|ו)?\b  כניסה (?:לחשבון|לאתר|למערכת)
    ログイン  サインイン  登录  登錄  登入  로그인  đăng nhập  masuk\b  เข้าสู่ระบบ  लॉग ?इन
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
    (?:pliki|plików|plikach|plikami) cookie  szanujemy .{0,12}prywatność  ustawienia (?:prywatności|cookie)
    soubor\w* cookie  súbor\w* cookie  (?:vaše|vašeho) soukromí  vaše súkromie  než budete pokračovat
    sütiket használ  süti ?beállítások  (?:module|fișiere)(?:le)? cookie  χρησιμοποι\w+ cookies
    прежде чем продолжить  файл\w* (?:cookie|куки)  использу\w+ (?:cookie|куки)
    (?:ценим|уважаем|заботимся о) .{0,8}(?:конфиденциальност|приватност)  ваша (?:конфиденциальность|приватность)
    мы и наши .{0,20}партн[её]р  вам (?:уже )?(?:есть|исполнилось) 18
    перш ніж продовжити  файл\w* cookie  (?:цінуємо|поважаємо) .{0,8}(?:конфіденційн|приватн)
    çerez  gizliliğinize  devam etmeden önce  menggunakan cookie  sử dụng cookie
    ملفات تعريف الارتباط  الکوکيز  (?:نحترم|نقدر|نهتم ب) ?خصوصيت  خصوصيتک  قبل (?:ان تتابع|المتابعة)
    از کوکی ?(?:ها)? استفاده  حريم خصوصی شما  (?:קבצי|קובצי) (?:ה-?)?(?:cookie|עוגיות)
    שימוש ב-?(?:cookie|עוגיות)  משתמש\w* ב-?(?:cookie|עוגיות)  (?:ב|ה)?פרטיות שלך  (?:ב|את )?פרטיותך
    同意  クッキー  cookie(?:の|を|に|設定)  プライバシー(?:を尊重|設定|の設定)  続行する前に
    (?:使用|接受|关于|關於).{0,6}cookie  (?:隐私|隱私)(?:设置|設定|偏好)  [重尊][视視重](?:您|你)?的?(?:隐私|隱私)
    (?:继续|繼續)(?:之前|前)  쿠키(?:를|에|의)? ?(?:사용|동의|설정)  개인정보.{0,8}(?:존중|소중)  계속하기 전에
    """
)
AGREE: Final = _any(
    r"""
    ^(?:i )?(?:accept|agree|allow|consent|confirm|continue|enter|reject|decline)\b  ^(?:yes|got it|ok|okay)\b
    (?:alle[sn]? )?(?:akzeptieren|zustimmen|ablehnen|erlauben)  (?:tout )?(?:accepter|refuser)  j'accepte
    (?:aceptar|rechazar|acepto)  (?:accett[ao]|rifiuta)  (?:aceitar|concordo)  accepteren|akkoord  akceptuj|zgadzam
    odrzuć|odrzuc|zezwól  souhlas|přijmout|odmítnout|povolit|súhlas|prijať|odmietnuť  elfogad|elutasít
    sunt de acord|refuz  αποδοχή|αποδέχομαι|συμφωνώ|απόρριψη
    godkänn|acceptera|godta|accepter  принять|принимаю|соглас|отклонить|отказаться|разрешить|^продолжить  ^да\b
    прийняти|приймаю|погоджу|згоден|згодна|відхилити  kabul|reddet|onayl[ıi]yorum|izin ver
    اوافق|موافق|اقبل|قبول|ارفض|رفض|السماح  مي ?پذيرم|پذيرفتن
    מסכימ?|מאשרת?|אישור|אשר|קבל הכל|אני מקבל|דחה|דחייה|סירוב
    同意|許可|承諾|受け入れ|拒否|接受|拒绝|拒絕|允许|允許|知道了  동의|수락|허용|거부
    đồng ý|chấp nhận|từ chối  setuju|terima|tolak  ยอมรับ|ยินยอม|ปฏิเสธ  स्वीकार|सहमत
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
