// Signs in, pushes a household and pulls it again, with the client that
// openapi-generator makes of the contract.
import java.time.OffsetDateTime
import java.util.UUID
import kotlin.system.exitProcess
import retrofit2.Call
import sothon.apis.SessionApi
import sothon.apis.SyncApi
import sothon.auth.HttpBearerAuth
import sothon.infrastructure.ApiClient
import sothon.models.ChangedRecord
import sothon.models.EditOp
import sothon.models.FieldSet
import sothon.models.HouseholdFields
import sothon.models.Op
import sothon.models.PushRequest
import sothon.models.SignInDevice
import sothon.models.SignInRequest
import sothon.models.Status

fun env(name: String): String = checkNotNull(System.getenv(name)) { "$name is not set" }

fun <T> Call<T>.answer(): T {
    val response = execute()
    check(response.isSuccessful) { "${request().url}: ${response.code()} ${response.errorBody()?.string()}" }
    return checkNotNull(response.body())
}

fun main() {
    val url = env("SOTHON_URL") + "/"
    val unit = env("SOTHON_UNIT")
    val device = SignInDevice(name = "Kotlin", platform = "JVM")
    val session = ApiClient(url).createService(SessionApi::class.java)
        .signIn(SignInRequest(username = env("SOTHON_USER"), password = env("SOTHON_PASSWORD"), device = device)).answer()
    val signedIn = ApiClient(url).addAuthorization("accessToken", HttpBearerAuth("bearer", session.accessToken))
    val sync = signedIn.createService(SyncApi::class.java)

    val record = UUID.fromString("019a0000-0000-7000-8000-000000000003")
    val household = HouseholdFields(code = "H003", headName = "Hộ mẫu 003", category = HouseholdFields.Category.poor)
    val op = EditOp(
        n = 1, record = record, kind = "household", action = EditOp.Action.edit, base = 0,
        at = OffsetDateTime.now(), set = FieldSet(household),
    )
    val batch = PushRequest(device = session.device.id, epoch = session.device.epoch, from = 1, ops = listOf(Op(op)))
    repeat(2) {
        val pushed = sync.pushBatch(unit, batch).answer()
        check(pushed.results.single().status == Status.accepted) { "pushed: ${pushed.results}" }
    }

    val page = sync.pullChanges(unit, after = 0).answer()
    val changed = page.records.mapNotNull { it.actualInstance as? ChangedRecord }.single { it.id == record }
    check(changed.fields["headName"] == "Hộ mẫu 003") { "pulled: ${changed.fields}" }

    val refused = ApiClient(url).addAuthorization("accessToken", HttpBearerAuth("bearer", "none")).createService(SyncApi::class.java).pullChanges(unit, after = 0).execute()
    check(refused.code() == 401) { "without a token: ${refused.code()}" }
    signedIn.createService(SessionApi::class.java).signOut().execute()
    println("Kotlin: signed in, pushed, pulled")
    exitProcess(0) // okhttp's threads would wait a minute
}
